import { visible, type CircuitFile } from './file';
import { nodeIds } from './compare';
import { parseLocation } from './location';

/** A node that a search found, and why. */
export interface Found {
  node: string;
  why: string;
}

/** Finds nodes by their name, by tokens that drive them, and by the contexts in which they are active; names first. */
export function search(circuit: CircuitFile, text: string): Found[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const plain = (token: string): string => `${token} ${visible(token)}`.toLowerCase();
  const byName: Found[] = [];
  const byToken: Found[] = [];
  const activities = new Map(circuit.checks?.activities.map((a) => [a.node, a]));
  const drivers = new Map(circuit.tokens.embeddings.map((e) => [e.channel, e.tokens]));
  for (const node of nodeIds(circuit)) {
    if (node.toLowerCase().includes(wanted)) {
      byName.push({ node, why: '' });
      continue;
    }
    const colon = node.lastIndexOf(':');
    const at = parseLocation(node.slice(0, colon));
    const token = at.reads ? drivers.get(Number(node.slice(colon + 1)))?.find((t) => plain(t.token).includes(wanted)) : undefined;
    const active = activities.get(node);
    const example = [...(active?.top ?? []), ...(active?.bottom ?? [])].find((e) => plain(e.token).includes(wanted));
    if (token) byToken.push({ node, why: `driven by ${visible(token.token)}` });
    else if (example) byToken.push({ node, why: `active on ${visible(example.token)}` });
  }
  return [...byName, ...byToken];
}
