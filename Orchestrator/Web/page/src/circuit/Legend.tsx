/** What lines and bars mean. */
export function Legend({ hasEffects }: { hasEffects: boolean }) {
  return (
    <p class="legend">
      <span class="positive">── positive weight</span>
      <span class="negative">╌╌ negative weight</span>
      <span class="dim">┈┈ channel of the residual stream</span>
      <span class="dim">wider is stronger; tokens at the left drive a node</span>
      {hasEffects ? (
        <span>
          <span class="swatch" aria-hidden="true" /> bar in a node: nats lost without it
        </span>
      ) : (
        <span class="dim">what is lost without each node was not measured</span>
      )}
    </p>
  );
}
