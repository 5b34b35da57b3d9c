import { num, type CircuitFile } from './file';

const field = (value: string | number): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

/** Rows as comma-separated values (RFC 4180). */
export const csv = (rows: (string | number)[][]): string => rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');

/** All weights of a circuit. */
export const edgesCsv = (circuit: CircuitFile): string =>
  csv([['from', 'to', 'weight'], ...circuit.edges.map((edge) => [edge.from, edge.to, edge.weight])]);

/** All nodes of a circuit, with what was found out about each; what was not measured is empty. */
export function nodesCsv(circuit: CircuitFile): string {
  const effects = new Map(circuit.checks?.effects.map((e) => [e.node, e.effect]));
  const signs = new Map(circuit.checks?.signs?.map((s) => [s.node, s]));
  const steps = new Map(circuit.checks?.steps?.map((s) => [s.node, s]));
  const [reads, writes] = [degrees(circuit, 'to'), degrees(circuit, 'from')];
  const rows = circuit.nodes.flatMap(({ location, channels }) =>
    channels.map((channel) => {
      const id = `${location}:${channel}`;
      const [sign, step] = [signs.get(id), steps.get(id)];
      return [
        id,
        location,
        channel,
        effects.get(id) ?? '',
        reads.get(id) ?? 0,
        writes.get(id) ?? 0,
        sign?.accuracy ?? '',
        sign?.auc ?? '',
        sign ? (sign.positiveIsA ? 'A' : 'B') : '',
        step?.threshold ?? '',
        step?.low ?? '',
        step?.high ?? '',
        step?.cost ?? '',
      ];
    }),
  );
  return csv([
    [
      'node',
      'location',
      'channel',
      'effect',
      'weights_in',
      'weights_out',
      'sign_accuracy',
      'sign_auc',
      'positive_is',
      'threshold',
      'low',
      'high',
      'step_cost',
    ],
    ...rows,
  ]);
}

function degrees(circuit: CircuitFile, end: 'from' | 'to'): Map<string, number> {
  const all = new Map<string, number>();
  for (const edge of circuit.edges) if (num(edge.weight) !== 0) all.set(edge[end], (all.get(edge[end]) ?? 0) + 1);
  return all;
}
