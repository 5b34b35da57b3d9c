/** How much of something is done. */
export function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  const part = total > 0 ? done / total : 0;
  return (
    <span class="progress">
      <progress aria-label={label} value={part} max={1} /> {Math.floor(100 * part)} %
    </span>
  );
}
