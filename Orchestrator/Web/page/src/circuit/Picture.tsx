import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Painter, type View } from './canvas';
import { short } from './file';
import { nodeAt, neighbour } from './hit';
import type { Placed } from './layout';
import type { Scene } from './scene';
import { themeOf, type Theme } from './theme';

interface Props {
  scene: Scene;
  label: string;
  onHover: (node: Placed | null) => void;
  onKeep: (node: Placed | null) => void;
}

const zoomStep = 1.25;
/** Milliseconds without a movement after which lines are drawn anew. */
const rest = 120;

/** The picture of a circuit: drag to move it, wheel or + and − to zoom, arrow keys from node to node, Enter to keep one. */
export function Picture({ scene, label, onHover, onKeep }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);
  const theme = useRef<Theme | null>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const [view, setView] = useState<View>({ k: 1, x: 0, y: 0 });
  const [isMoving, setIsMoving] = useState(false);
  const [size, setSize] = useState(0);
  const { picture } = scene;

  const fit = (): void => {
    const box = canvas.current;
    if (!box) return;
    const k = Math.min(1.4, box.clientWidth / picture.width);
    const most = Math.min(0.7 * innerHeight, 900);
    box.style.height = `${Math.max(240, Math.min(most, picture.height * k + 24))}px`;
    setView({ k, x: Math.max(0, (box.clientWidth - picture.width * k) / 2), y: 0 });
  };
  useLayoutEffect(fit, [picture]);
  useEffect(() => {
    const redraw = (): void => {
      theme.current = null;
      setSize((n) => n + 1);
    };
    const observer = new ResizeObserver(redraw);
    observer.observe(canvas.current!);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', redraw);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', redraw);
    };
  }, []);
  useLayoutEffect(() => {
    const box = canvas.current!;
    painter.current ??= new Painter(box);
    theme.current ??= themeOf(box);
    painter.current.paint(scene, view, theme.current, devicePixelRatio, isMoving);
  }, [scene, view, size, isMoving]);
  useEffect(() => {
    if (!isMoving) return undefined;
    const timer = setTimeout(() => setIsMoving(false), rest);
    return () => clearTimeout(timer);
  }, [isMoving, view]);

  // Listeners of a wheel that must not scroll the page are not passive.
  useEffect(() => {
    const box = canvas.current!;
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && document.activeElement !== box) return;
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    };
    box.addEventListener('wheel', wheel, { passive: false });
    return () => box.removeEventListener('wheel', wheel);
  }, []);

  const changeView = (change: (old: View) => View): void => {
    setIsMoving(true);
    setView(change);
  };
  const zoomAt = (factor: number, x: number, y: number): void =>
    changeView((old) => {
      const k = Math.min(8, Math.max(0.02, old.k * factor));
      return { k, x: x - ((x - old.x) * k) / old.k, y: y - ((y - old.y) * k) / old.k };
    });
  const zoom = (factor: number): void => zoomAt(factor, canvas.current!.clientWidth / 2, canvas.current!.clientHeight / 2);
  const at = (event: PointerEvent): Placed | null =>
    nodeAt(picture, (event.offsetX - view.x) / view.k, (event.offsetY - view.y) / view.k);

  const move = (event: PointerEvent): void => {
    if (!drag.current) {
      onHover(at(event));
      return;
    }
    const [dx, dy] = [event.clientX - drag.current.x, event.clientY - drag.current.y];
    if (!drag.current.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    drag.current = { x: event.clientX, y: event.clientY, moved: true };
    changeView((old) => ({ ...old, x: old.x + dx, y: old.y + dy }));
  };
  const down = (event: PointerEvent): void => {
    drag.current = { x: event.clientX, y: event.clientY, moved: false };
    canvas.current!.setPointerCapture(event.pointerId);
  };
  const up = (event: PointerEvent): void => {
    const wasClick = drag.current && !drag.current.moved;
    drag.current = null;
    if (!wasClick) return;
    const node = at(event);
    onKeep(node && !node.isLogit ? node : null);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith('Arrow')) goTo(neighbour(picture, scene.focus, event.key));
    else if (event.key === 'Enter') onKeep(scene.focus);
    else if (event.key === 'Escape') onKeep(null);
    else if (event.key === '+' || event.key === '=') zoom(zoomStep);
    else if (event.key === '-') zoom(1 / zoomStep);
    else if (event.key === '0') fit();
    else return;
    event.preventDefault();
  };
  const goTo = (node: Placed | null): void => {
    onHover(node);
    const box = canvas.current!;
    if (!node) return;
    setView((old) => {
      const [x, y] = [node.x * old.k + old.x, node.y * old.k + old.y];
      const isSeen = x > 40 && y > 40 && x < box.clientWidth - 40 && y < box.clientHeight - 40;
      return isSeen ? old : { ...old, x: box.clientWidth / 2 - node.x * old.k, y: box.clientHeight / 2 - node.y * old.k };
    });
  };
  const { focus } = scene;
  return (
    <div class="picture">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-roledescription="circuit diagram"
        onPointerMove={move}
        onPointerDown={down}
        onPointerUp={up}
        onPointerLeave={() => onHover(null)}
        onKeyDown={key}
      />
      <div class="zoom" role="group" aria-label="zoom">
        <button type="button" aria-label="zoom in" onClick={() => zoom(zoomStep)}>
          +
        </button>
        <button type="button" aria-label="zoom out" onClick={() => zoom(1 / zoomStep)}>
          −
        </button>
        <button type="button" onClick={fit}>
          fit
        </button>
      </div>
      <p class="visually-hidden" role="status">
        {focus && `${focus.id}${Number.isNaN(focus.effect) ? '' : `, ${short(focus.effect)} nats lost without it`}`}
      </p>
    </div>
  );
}
