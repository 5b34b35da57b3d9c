/** The sites of a layer in the order a token meets them; queries, keys and values share a column. */
const sites = ['attn.act_in', 'attn.qkv', 'attn.resid_delta', 'mlp.act_in', 'mlp.post_act', 'mlp.resid_delta'];

const words: Record<string, string> = {
  'attn.act_in': 'reads',
  'attn.qkv': 'query · key · value',
  'attn.resid_delta': 'writes',
  'mlp.act_in': 'reads',
  'mlp.post_act': 'neurons',
  'mlp.resid_delta': 'writes',
  final_resid: 'last norm',
};

/** Where nodes are: a layer, a site of it, and for queries, keys and values which of the three. */
export interface Location {
  layer: number;
  /** The column's site. */
  site: string;
  /** q, k or v; empty elsewhere. */
  part: string;
  /** Whether its channels are those of the residual stream. */
  reads: boolean;
  writes: boolean;
}

/** The location of a name such as 0.attn.q; final_resid comes behind all layers. */
export function parseLocation(name: string): Location {
  if (name === 'final_resid') return { layer: Number.MAX_SAFE_INTEGER, site: name, part: '', reads: true, writes: false };
  const dot = name.indexOf('.');
  const site = name.slice(dot + 1);
  const part = /^attn\.([qkv])$/.exec(site)?.[1] ?? '';
  return {
    layer: Number(name.slice(0, dot)),
    site: part ? 'attn.qkv' : site,
    part,
    reads: site.endsWith('act_in'),
    writes: site.endsWith('resid_delta'),
  };
}

/** Orders locations as a token meets them. */
export const compareLocations = (a: Location, b: Location): number =>
  a.layer - b.layer || sites.indexOf(a.site) - sites.indexOf(b.site);

/** The two lines over a column. */
export function columnTitle(at: Location): [string, string] {
  const sub = words[at.site] ?? at.site;
  return at.site === 'final_resid' ? ['output', sub] : [`layer ${at.layer} ${at.site.startsWith('attn') ? 'attention' : 'MLP'}`, sub];
}

/** What a node is, in words. */
export function describe(name: string, dHead: number): string {
  const colon = name.lastIndexOf(':');
  const at = parseLocation(name.slice(0, colon));
  const channel = Number(name.slice(colon + 1));
  if (at.site === 'final_resid') return `channel ${channel} of the residual stream, as the last norm reads it`;
  const where = `layer ${at.layer}`;
  if (at.part) {
    const part = { q: 'query', k: 'key', v: 'value' }[at.part];
    return `${where} attention, ${part} ${channel % dHead} of head ${Math.floor(channel / dHead)}`;
  }
  const kind = at.site.startsWith('attn') ? 'attention' : 'MLP';
  if (at.reads) return `channel ${channel} of the residual stream, as ${where} ${kind} reads it`;
  if (at.writes) return `channel ${channel} of the residual stream, as ${where} ${kind} writes it`;
  return `${where} MLP, neuron ${channel}`;
}
