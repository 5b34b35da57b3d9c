import { boxOf, type Line, type Picture, type Placed } from './layout';
import type { Paths } from './reach';
import type { Theme } from './theme';

/** What is to be drawn of a picture. */
export interface Scene {
  picture: Picture;
  shown: Line[];
  /** Nodes that still have a weight among the lines, or never had one; the others are faint. */
  joined: Set<Placed>;
  focus: Placed | null;
  /** The paths through the focus; null where nothing is followed. */
  paths: Paths | null;
  /** Nodes that are to stand out: found by a search, or only in this one of two circuits. */
  marked: Set<string>;
}

export interface LineStyle {
  colour: string;
  width: number;
  dash: number[];
  alpha: number;
}

/** Lines beyond which dashes would only blur. */
const dashed = 1500;
/** The opacity of a weight that is followed. */
export const followedAlpha = 0.9;

/** How a line is drawn when nothing is followed. */
export function lineStyle(line: Line, scene: Scene, theme: Theme): LineStyle {
  const many = scene.shown.length;
  if (line.kind === 'residual')
    return { colour: theme.dim, width: 1, dash: many > dashed ? [] : [2, 4], alpha: many > dashed ? 0.2 : 0.8 };
  const size = Math.min(1, Math.abs(line.weight) / scene.picture.maxWeight);
  const alpha = Math.max(0.1, Math.min(0.85, 350 / many)) * (0.35 + 0.65 * size);
  const isNegative = line.weight < 0;
  return {
    colour: isNegative ? theme.negative : theme.positive,
    width: 0.5 + 4.5 * size,
    dash: isNegative && many <= dashed ? [7, 3] : [],
    alpha: scene.paths ? followedAlpha : alpha,
  };
}

/** The ends of a line, at the sides of the boxes. */
export function ends(line: Line, picture: Picture): [number, number, number, number] {
  const { w } = boxOf(picture);
  return [line.from.x + w, line.from.y, line.to.x - w, line.to.y];
}

/** Whether a node is drawn faint. */
export const isFaint = (node: Placed, scene: Scene): boolean =>
  scene.paths ? !scene.paths.nodes.has(node) : !node.isLogit && !scene.joined.has(node);

/** The width of the bar in a node's box that says how much is lost without it; 0 where that was not measured, or nothing is. */
export function effectBar(node: Placed, picture: Picture): number {
  if (!(node.effect > 0)) return 0;
  return Math.max(1.5, (2 * boxOf(picture).w * node.effect) / picture.maxEffect);
}
