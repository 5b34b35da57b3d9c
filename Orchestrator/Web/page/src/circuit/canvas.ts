import { Density, perSegment, type Area, type Segments } from './density';
import { boxOf, type Line, type Placed } from './layout';
import { effectBar, ends, followedAlpha, isFaint, lineStyle, type LineStyle, type Scene } from './scene';
import type { Theme } from './theme';

/** Where a picture is seen: its scale, and where its corner is. */
export interface View {
  k: number;
  x: number;
  y: number;
}

/** Lines of one style, as one path: thousands of them are a few strokes. */
interface Batch {
  style: LineStyle;
  path: Path2D;
}

const font = '11px ui-monospace, monospace';
const levels = 6;
/** Lines beyond which they are straight, and summed up pixel by pixel; those that are followed among them from fewer on. */
const many = 3000;
const manyFollowed = 300;
/** The colour of residual lines among those of segments. */
const residual = 2;

/** What a drawing of lines depends on. */
interface Frame {
  scene: Scene;
  view: View;
  theme: Theme;
  ratio: number;
  width: number;
  height: number;
}

/** Draws scenes on a canvas, and keeps what does not change between two of them. */
export class Painter {
  private shown: Line[] | null = null;
  private theme: Theme | null = null;
  private batches: Batch[] = [];
  private crowd: Crowd | null = null;
  private readonly density = new Density();
  /** All lines as they were drawn last, with what they depend on. */
  private base: { image: HTMLCanvasElement; key: string; view: View } | null = null;
  /** What is followed, when it is drawn apart. */
  private over: HTMLCanvasElement | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /**
   * Draws a scene.
   * @param ratio 2 has four pixels of the screen for each of the picture
   * @param isMoving whether the view changes just now: then the lines that were drawn last are moved and stretched, which takes no time
   */
  paint(scene: Scene, view: View, theme: Theme, ratio: number, isMoving = false): void {
    const { canvas } = this;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext('2d')!;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const frame: Frame = { scene, view, theme, ratio, width, height };
    if (this.shown !== scene.shown || this.theme !== theme) {
      [this.shown, this.theme, this.base] = [scene.shown, theme, null];
      const still = { ...scene, paths: null };
      const isMany = scene.shown.length > many;
      this.batches = isMany ? [] : batches(scene.shown, still, theme, false);
      this.crowd = isMany ? crowdOf(still, theme) : null;
    }
    context.globalAlpha = scene.paths ? 0.12 : 1;
    if (isMoving && this.base) move(context, this.base, view, ratio);
    else context.drawImage(this.lines(frame), 0, 0);
    context.globalAlpha = 1;
    const followed = scene.paths?.lines;
    const isCrowd = followed !== undefined && this.crowd !== null && followed.length > manyFollowed;
    if (isCrowd) {
      this.over ??= document.createElement('canvas');
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(this.sum(this.over, chosen(this.crowd!, new Set(followed)), frame), 0, 0);
    }
    transform(context, frame);
    if (followed && !isCrowd) stroke(context, batches(followed, scene, theme, this.crowd !== null));
    frames(context, scene, theme);
    boxes(context, scene, theme);
  }

  /** An image with all lines. */
  private lines(frame: Frame): HTMLCanvasElement {
    const { view, ratio, width, height } = frame;
    const key = `${width} ${height} ${ratio} ${view.k} ${view.x} ${view.y}`;
    if (this.base?.key === key) return this.base.image;
    const image = this.base?.image ?? document.createElement('canvas');
    if (this.crowd) this.sum(image, this.crowd.segments, frame);
    else {
      [image.width, image.height] = [width, height];
      const context = image.getContext('2d')!;
      transform(context, frame);
      stroke(context, this.batches);
    }
    this.base = { image, key, view };
    return image;
  }

  /** An image with lines that are summed up, and nothing else. */
  private sum(image: HTMLCanvasElement, segments: Segments, frame: Frame): HTMLCanvasElement {
    const { view, theme, ratio } = frame;
    [image.width, image.height] = [frame.width, frame.height];
    const context = image.getContext('2d')!;
    const area = seen(frame);
    if (!area) return image;
    this.density.clear(area);
    this.density.add(segments, ratio * view.k, ratio * view.x, ratio * view.y);
    const pixels = this.density.pixels([theme.positive, theme.negative, theme.dim].map((colour) => rgb(context, colour)));
    context.putImageData(new ImageData(pixels, area.width, area.height), area.x, area.y);
    return image;
  }
}

/** Lets a context take coordinates of the picture. */
function transform(context: CanvasRenderingContext2D, { view, ratio }: Frame): void {
  context.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.x, ratio * view.y);
}

function move(context: CanvasRenderingContext2D, base: { image: HTMLCanvasElement; view: View }, view: View, ratio: number): void {
  const scale = view.k / base.view.k;
  context.setTransform(scale, 0, 0, scale, ratio * (view.x - base.view.x * scale), ratio * (view.y - base.view.y * scale));
  context.drawImage(base.image, 0, 0);
}

/** The part of a canvas in which lines of a picture can be; null where none are seen. */
function seen({ scene: { picture }, view: { k, x, y }, ratio, width, height }: Frame): Area | null {
  const inside = (value: number, most: number): number => Math.max(0, Math.min(most, Math.round(value)));
  const [left, right] = [inside(ratio * x, width), inside(ratio * (x + k * picture.width), width)];
  const [top, bottom] = [inside(ratio * y, height), inside(ratio * (y + k * picture.height), height)];
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}

/** Red, green and blue of a colour of the style sheet. */
function rgb(context: CanvasRenderingContext2D, colour: string): [number, number, number] {
  // A canvas gives back an opaque colour as # and six digits, however it was written.
  context.fillStyle = colour;
  const value = parseInt(String(context.fillStyle).slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Many lines, styled once for all drawings of them. */
interface Crowd {
  /** Column by column: what lies together is drawn together, which is faster; their order changes nothing. */
  lines: Line[];
  segments: Segments;
}

function crowdOf(scene: Scene, theme: Theme): Crowd {
  const lines = [...scene.shown].sort((a, b) => a.from.x - b.from.x || a.from.y - b.from.y);
  const [numbers, colours] = [new Float32Array(perSegment * lines.length), new Uint8Array(lines.length)];
  lines.forEach((line, i) => {
    const style = lineStyle(line, scene, theme);
    numbers.set([...ends(line, scene.picture), style.width, style.alpha], perSegment * i);
    colours[i] = line.kind === 'residual' ? residual : line.weight < 0 ? 1 : 0;
  });
  return { lines, segments: { numbers, colours } };
}

/** Those of a crowd that are followed, as strong as such lines are. */
function chosen({ lines, segments }: Crowd, followed: Set<Line>): Segments {
  const [numbers, colours] = [new Float32Array(perSegment * followed.size), new Uint8Array(followed.size)];
  let count = 0;
  for (let i = 0; i < lines.length; i++) {
    if (!followed.has(lines[i]!)) continue;
    const colour = (colours[count] = segments.colours[i]!);
    const [from, to] = [perSegment * i, perSegment * count++];
    for (let j = 0; j < perSegment; j++) numbers[to + j] = segments.numbers[from + j]!;
    if (colour !== residual) numbers[to + perSegment - 1] = followedAlpha;
  }
  return { numbers, colours };
}

/** Draws a whole scene on a canvas of its own. */
export function paintAll(context: CanvasRenderingContext2D, scene: Scene, theme: Theme, scale: number): void {
  context.fillStyle = theme.background;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const isStraight = scene.shown.length > many;
  stroke(context, batches(scene.shown, { ...scene, paths: null }, theme, isStraight), scene.paths ? 0.12 : 1);
  if (scene.paths) stroke(context, batches(scene.paths.lines, scene, theme, isStraight));
  frames(context, scene, theme);
  boxes(context, scene, theme);
}

function batches(lines: Line[], scene: Scene, theme: Theme, isStraight: boolean): Batch[] {
  const all = new Map<string, Batch>();
  // Weak ones first: strong lines lie on top.
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]!;
    const style = lineStyle(line, scene, theme);
    const level = line.kind === 'residual' ? -1 : Math.round((levels * (style.width - 0.5)) / 4.5);
    const key = `${line.kind} ${level} ${style.colour}`;
    let batch = all.get(key);
    if (!batch) all.set(key, (batch = { style, path: new Path2D() }));
    const [x0, y0, x1, y1] = ends(line, scene.picture);
    const middle = (x0 + x1) / 2;
    batch.path.moveTo(x0, y0);
    if (isStraight) batch.path.lineTo(x1, y1);
    else batch.path.bezierCurveTo(middle, y0, middle, y1, x1, y1);
  }
  return [...all.values()].sort((a, b) => a.style.width - b.style.width);
}

function stroke(context: CanvasRenderingContext2D, all: Batch[], alpha = 1): void {
  for (const { style, path } of all) {
    context.globalAlpha = style.alpha * alpha;
    context.strokeStyle = style.colour;
    context.lineWidth = style.width;
    context.setLineDash(style.dash);
    context.stroke(path);
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function frames(context: CanvasRenderingContext2D, { picture }: Scene, theme: Theme): void {
  const { w, h } = boxOf(picture);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  for (const column of picture.columns) {
    context.fillStyle = theme.text;
    context.font = '600 12px system-ui, sans-serif';
    context.fillText(column.title, column.x, 22);
    context.fillStyle = theme.dim;
    context.font = '11px system-ui, sans-serif';
    context.fillText(column.sub, column.x, 38);
  }
  context.textAlign = 'left';
  context.lineWidth = 1;
  for (const group of picture.groups) {
    context.strokeStyle = theme.rule;
    context.strokeRect(group.x - w - 6, group.top - h - 3, 2 * w + 12, group.bottom - group.top + 2 * h + 6);
    context.fillStyle = theme.dim;
    context.fillText(group.label, group.x + w + 9, group.top - h + 6);
  }
}

/** All nodes; small ones without labels are a few paths. */
function boxes(context: CanvasRenderingContext2D, scene: Scene, theme: Theme): void {
  const { picture } = scene;
  const isOwn = (node: Placed): boolean => !picture.isCompact || node.isLogit || node === scene.focus || scene.marked.has(node.id);
  const { w, h } = boxOf(picture);
  for (const faint of [true, false]) {
    const [all, bars] = [new Path2D(), new Path2D()];
    for (const node of picture.nodes) {
      if (isOwn(node) || isFaint(node, scene) !== faint) continue;
      all.rect(node.x - w, node.y - h, 2 * w, 2 * h);
      const bar = effectBar(node, picture);
      if (bar > 0) bars.rect(node.x - w, node.y - h, bar, 2 * h);
    }
    context.globalAlpha = faint ? 0.3 : 1;
    context.fillStyle = theme.node;
    context.fill(all);
    context.fillStyle = theme.effect;
    context.fill(bars);
    context.strokeStyle = theme.dim;
    context.lineWidth = 0.5;
    context.stroke(all);
  }
  for (const node of picture.nodes) if (isOwn(node)) box(context, node, scene, theme);
  context.globalAlpha = 1;
}

function box(context: CanvasRenderingContext2D, node: Placed, scene: Scene, theme: Theme): void {
  const { picture } = scene;
  const { w, h } = boxOf(picture);
  const isFocus = node === scene.focus;
  const isMarked = scene.marked.has(node.id);
  context.globalAlpha = isFaint(node, scene) && !isFocus && !isMarked ? 0.3 : 1;
  context.fillStyle = theme.node;
  context.fillRect(node.x - w, node.y - h, 2 * w, 2 * h);
  const bar = effectBar(node, picture);
  if (bar > 0) {
    context.fillStyle = theme.effect;
    context.fillRect(node.x - w, node.y - h, bar, 2 * h);
  }
  context.strokeStyle = isFocus ? theme.text : isMarked ? theme.accent : theme.dim;
  context.lineWidth = isFocus || isMarked ? 2.5 : picture.isCompact ? 0.5 : 1;
  context.strokeRect(node.x - w, node.y - h, 2 * w, 2 * h);
  if (picture.isCompact && !isFocus && !node.isLogit) return;
  context.font = font;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  context.fillStyle = theme.text;
  context.fillText(picture.isCompact && !node.isLogit ? node.id : node.label, node.x, picture.isCompact ? node.y - 10 : node.y + 0.5);
  if (!node.note || picture.isCompact) return;
  context.fillStyle = theme.dim;
  context.textAlign = node.isLogit ? 'left' : 'right';
  context.fillText(node.note, node.isLogit ? node.x + w + 6 : node.x - w - 6, node.y + 0.5);
}
