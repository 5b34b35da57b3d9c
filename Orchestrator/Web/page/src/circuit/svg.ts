import { boxOf, type Placed } from './layout';
import { effectBar, ends, isFaint, lineStyle, type Scene } from './scene';
import type { Theme } from './theme';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as XML has it; what XML cannot have, control characters, becomes a question mark in a box. */
export const xml = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd').replace(/[&<>"]/g, (c) => escapes[c]!);

const n = (value: number): string => String(Math.round(value * 100) / 100);

/** The scene as a file of SVG. Each weight and node is an element with its name and value as data. */
export function toSvg(scene: Scene, theme: Theme, title: string): string {
  const { picture } = scene;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(picture.width)}" height="${n(picture.height)}" ` +
      `viewBox="0 0 ${n(picture.width)} ${n(picture.height)}" role="img" font-family="system-ui, sans-serif">`,
    `<title>${xml(title)}</title>`,
    `<rect width="100%" height="100%" fill="${theme.background}"/>`,
    '<g id="lines" fill="none">',
    ...lines(scene, theme),
    '</g><g id="columns" text-anchor="middle">',
    ...picture.columns.flatMap((column) => [
      `<text x="${n(column.x)}" y="22" font-size="12" font-weight="600" fill="${theme.text}">${xml(column.title)}</text>`,
      `<text x="${n(column.x)}" y="38" font-size="11" fill="${theme.dim}">${xml(column.sub)}</text>`,
    ]),
    '</g><g id="heads">',
    ...heads(scene, theme),
    '</g><g id="nodes" font-family="ui-monospace, monospace" font-size="11" text-anchor="middle">',
    ...picture.nodes.map((node) => nodeElement(node, scene, theme)),
    '</g></svg>',
  ];
  return `${out.join('\n')}\n`;
}

function lines(scene: Scene, theme: Theme): string[] {
  const lit = scene.paths ? new Set(scene.paths.lines) : null;
  return [...scene.shown].reverse().map((line) => {
    const style = lineStyle(line, scene, theme);
    const [x0, y0, x1, y1] = ends(line, scene.picture);
    const middle = n((x0 + x1) / 2);
    const alpha = lit && !lit.has(line) ? 0.06 : style.alpha;
    const weight = line.kind === 'residual' ? '' : ` data-weight="${line.weight}"`;
    const dash = style.dash.length > 0 ? ` stroke-dasharray="${style.dash.join(' ')}"` : '';
    return (
      `<path class="${line.kind}" data-from="${xml(line.from.id)}" data-to="${xml(line.to.id)}"${weight} ` +
      `d="M${n(x0)} ${n(y0)}C${middle} ${n(y0)} ${middle} ${n(y1)} ${n(x1)} ${n(y1)}" stroke="${style.colour}" ` +
      `stroke-width="${n(style.width)}" stroke-opacity="${n(alpha)}"${dash}/>`
    );
  });
}

function heads({ picture }: Scene, theme: Theme): string[] {
  const { w, h } = boxOf(picture);
  return picture.groups.map(
    (group) =>
      `<rect x="${n(group.x - w - 6)}" y="${n(group.top - h - 3)}" width="${n(2 * w + 12)}" ` +
      `height="${n(group.bottom - group.top + 2 * h + 6)}" fill="none" stroke="${theme.rule}"/>` +
      `<text x="${n(group.x + w + 9)}" y="${n(group.top - h + 6)}" font-size="11" fill="${theme.dim}">${xml(group.label)}</text>`,
  );
}

function nodeElement(node: Placed, scene: Scene, theme: Theme): string {
  const { picture } = scene;
  const { w, h } = boxOf(picture);
  const bar = effectBar(node, picture);
  const box = (width: number, paint: string): string =>
    `<rect x="${n(node.x - w)}" y="${n(node.y - h)}" width="${n(width)}" height="${n(2 * h)}" ${paint}/>`;
  const data = node.isLogit
    ? 'class="logit"'
    : `class="node" data-node="${xml(node.id)}"${Number.isNaN(node.effect) ? '' : ` data-effect="${node.effect}"`}`;
  const stroke = node === scene.focus ? theme.text : scene.marked.has(node.id) ? theme.accent : theme.dim;
  return (
    `<g ${data}${isFaint(node, scene) ? ' opacity="0.3"' : ''}><title>${xml(node.id)}</title>` +
    box(2 * w, `fill="${theme.node}" stroke="${stroke}"`) +
    (bar > 0 ? box(bar, `fill="${theme.effect}"`) : '') +
    (picture.isCompact && !node.isLogit
      ? ''
      : `<text x="${n(node.x)}" y="${n(node.y + 4)}" fill="${theme.text}">${xml(node.label)}</text>${note(node, w, theme)}`) +
    '</g>'
  );
}

function note(node: Placed, w: number, theme: Theme): string {
  if (!node.note) return '';
  const [x, anchor] = node.isLogit ? [node.x + w + 6, 'start'] : [node.x - w - 6, 'end'];
  return `<text x="${n(x)}" y="${n(node.y + 4)}" text-anchor="${anchor}" fill="${theme.dim}">${xml(node.note)}</text>`;
}
