/** Percent of colour beyond which text on it would be hard to read in the dark: contrasts of 5.2 and 4.9 there, of 4.1 and 3.8 with 60. */
const darkest = 50;

/** The background of a token that has a value, by its sign and by how near its size is to the most there is. */
export function background(value: number, most: number): string {
  const strength = Number.isFinite(value) ? Math.round((darkest * Math.abs(value)) / most) : 0;
  return `color-mix(in srgb, ${value < 0 ? 'var(--negative)' : 'var(--positive)'} ${strength}%, transparent)`;
}
