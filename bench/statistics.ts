/**
 * Medians, and ratios pair by pair.
 * @module
 */

/** Undefined for an empty list. */
export function median(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  if (high === undefined || sorted.length % 2 === 1) return high;
  return ((sorted[middle - 1] ?? high) + high) / 2;
}

/** A ratio over several runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * How often `theirs` goes into `ours`, run by run: each pair was measured one right after the other. A run
 * that one of the two does not have is left out.
 * @param theirs and `ours` by the number of the run
 */
export function ratioOf(
  theirs: ReadonlyMap<number, number>,
  ours: ReadonlyMap<number, number>,
): Spread | undefined {
  const ratios: number[] = [];
  for (const [run, value] of theirs) {
    const own = ours.get(run);
    if (own !== undefined && own > 0) ratios.push(value / own);
  }
  const middle = median(ratios);
  if (middle === undefined) return undefined;
  return { median: middle, min: Math.min(...ratios), max: Math.max(...ratios) };
}
