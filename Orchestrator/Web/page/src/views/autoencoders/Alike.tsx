import type { Dictionaries } from '../../api/dictionaries';
import { HeatMap } from '../../plot/HeatMap';
import { kindOf, similarities } from './words';

/** How far autoencoders of different seeds have the same features. */
export function Alike({ of }: { of: Dictionaries }) {
  const maps = similarities(of);
  if (maps.length === 0) return null;
  return (
    <section>
      <h2>The same features from other seeds?</h2>
      <p class="dim">
        For each feature the nearest one of the other autoencoder: the mean of their cosines (MMCS) is 1 where all are found again. Random
        directions have a number of their own, which is no 0.
      </p>
      <div class="plots">
        {maps.map(({ kind, columns, rows }) => (
          <HeatMap
            key={kind}
            title={`${kindOf(kind)}: MMCS between seeds`}
            axes="Rows: features per channel. Columns: how sparse they are asked to be."
            columns={columns}
            rows={rows}
            from={0}
            to={1}
          />
        ))}
      </div>
    </section>
  );
}
