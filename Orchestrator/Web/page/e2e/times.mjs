/** The time within which a part of some were done. */
export const within = (times, part) => [...times].sort((a, b) => a - b)[Math.floor(part * (times.length - 1))];

/** Prints the median of some times in milliseconds, and within what nineteen of twenty were done. */
export const printTimes = (what, times) =>
  console.log(`${what}: median ${within(times, 0.5).toFixed(1)} ms, 95 % within ${within(times, 0.95).toFixed(1)} ms`);
