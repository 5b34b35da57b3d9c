import { boxOf, type Line, type Placed } from './layout';
import { effectBar, ends, isFaint, lineStyle, type LineStyle, type Scene } from './scene';
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

/** Draws scenes on a canvas, and keeps what does not change between two of them. */
export class Painter {
  private shown: Line[] | null = null;
  private theme: Theme | null = null;
  private batches: Batch[] = [];
  /** All lines as they were drawn last, with what they depend on. */
  private base: { image: HTMLCanvasElement; key: string; view: View } | null = null;

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
    const transform = (target: CanvasRenderingContext2D): void =>
      target.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.x, ratio * view.y);
    if (this.shown !== scene.shown || this.theme !== theme) {
      [this.shown, this.theme, this.base] = [scene.shown, theme, null];
      this.batches = batches(scene.shown, { ...scene, paths: null }, theme);
    }
    context.globalAlpha = scene.paths ? 0.12 : 1;
    if (isMoving && this.base) this.move(context, this.base, view, ratio);
    else
      context.drawImage(this.lines(`${width} ${height} ${ratio} ${view.k} ${view.x} ${view.y}`, view, width, height, transform), 0, 0);
    context.globalAlpha = 1;
    transform(context);
    if (scene.paths) stroke(context, batches(scene.paths.lines, scene, theme));
    frames(context, scene, theme);
    boxes(context, scene, theme);
  }

  private move(context: CanvasRenderingContext2D, base: { image: HTMLCanvasElement; view: View }, view: View, ratio: number): void {
    const scale = view.k / base.view.k;
    context.setTransform(scale, 0, 0, scale, ratio * (view.x - base.view.x * scale), ratio * (view.y - base.view.y * scale));
    context.drawImage(base.image, 0, 0);
  }

  private lines(
    key: string,
    view: View,
    width: number,
    height: number,
    transform: (target: CanvasRenderingContext2D) => void,
  ): HTMLCanvasElement {
    if (this.base?.key === key) return this.base.image;
    const image = this.base?.image ?? document.createElement('canvas');
    [image.width, image.height] = [width, height];
    const context = image.getContext('2d')!;
    transform(context);
    stroke(context, this.batches);
    this.base = { image, key, view };
    return image;
  }
}

/** Draws a whole scene on a canvas of its own. */
export function paintAll(context: CanvasRenderingContext2D, scene: Scene, theme: Theme, scale: number): void {
  context.fillStyle = theme.background;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  stroke(context, batches(scene.shown, { ...scene, paths: null }, theme), scene.paths ? 0.12 : 1);
  if (scene.paths) stroke(context, batches(scene.paths.lines, scene, theme));
  frames(context, scene, theme);
  boxes(context, scene, theme);
}

function batches(lines: Line[], scene: Scene, theme: Theme): Batch[] {
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
    if (lines.length > 3000) batch.path.lineTo(x1, y1);
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
