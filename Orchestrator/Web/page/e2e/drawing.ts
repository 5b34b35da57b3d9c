// What the benchmark of drawing needs of the viewer, in one script.
import { Painter } from '../src/circuit/canvas';
import { largeExample } from '../src/circuit/example';
import { layout } from '../src/circuit/layout';
import { pathsThrough, strongest, waysOf } from '../src/circuit/reach';
import type { Scene } from '../src/circuit/scene';
import { themeOf } from '../src/circuit/theme';

const runs = 60;

/**
 * Milliseconds of each redraw of a large circuit, by what changes. A pixel is read each time, so that nothing is left to be drawn later.
 */
export function measure(nodes: number, edges: number): Record<string, number[]> {
  const canvas = document.createElement('canvas');
  canvas.style.cssText = 'width: 1100px; height: 700px';
  document.body.replaceChildren(canvas);
  const picture = layout(largeExample(nodes, edges));
  const shown = strongest(picture, 1);
  const [joined, ways] = [new Set(picture.nodes), waysOf(shown, picture.nodes)];
  const [theme, painter] = [themeOf(document.body), new Painter(canvas)];
  const still: Scene = { picture, shown, joined, focus: null, paths: null, marked: new Set() };
  const k = canvas.clientWidth / picture.width;
  const follow = (i: number): Scene => {
    const focus = picture.nodes[(i * 37) % picture.nodes.length]!;
    return { ...still, focus, paths: pathsThrough(ways, focus) };
  };
  const time = (scene: (i: number) => Scene, scale: (i: number) => number, isMoving = false): number[] =>
    Array.from({ length: runs }, (_, i) => {
      const begun = performance.now();
      painter.paint(scene(i), { k: scale(i), x: 0, y: 0 }, theme, 1, isMoving);
      canvas.getContext('2d')!.getImageData(0, 0, 1, 1);
      return performance.now() - begun;
    });
  return {
    'following a path': time(follow, () => k),
    'moving and zooming': time(
      () => still,
      (i) => k * (1 + (i % 10) / 20),
      true,
    ),
    'all lines, at rest': time(
      () => still,
      (i) => k * (1 + (i % 10) / 20),
    ),
  };
}
