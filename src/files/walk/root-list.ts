/**
 * The roots of a walk: sorted keys, and which of them lie where.
 * @module
 */
import type { PathKey } from '../../format/entry.ts';
import { comparePaths, isInside, toPathKey } from '../path.ts';

/** A stretch of the sorted roots: from `start` up to but without `end`. */
export interface RootRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The next step from a folder towards some roots: a name (bytes as latin1) and the roots behind it.
 */
export interface RootStep extends RootRange {
  readonly name: string;
}

/**
 * The keys of absolute paths, sorted, each once. Nested ones stay: with one file system only, a
 * mount point that is named itself is walked although the root around it does not reach it.
 * @throws AppError `usage` as `toPathKey`
 */
export function sortRoots(paths: readonly Uint8Array[]): PathKey[] {
  const keys = paths.map((path) => toPathKey(path)).sort(comparePaths);
  return keys.filter((key, i) => i === 0 || comparePaths(key, keys[i - 1] as PathKey) !== 0);
}

/** The steps from `folder` towards the roots of `range`, all of them below it, in path order. */
export function stepsTowards(
  roots: readonly PathKey[],
  range: RootRange,
  folder: PathKey,
): RootStep[] {
  const steps: RootStep[] = [];
  const from = folder.length === 0 ? 0 : folder.length + 1;
  let start = range.start;
  while (start < range.end) {
    const first = roots[start] as PathKey;
    const zero = first.indexOf(0, from);
    const child = zero < 0 ? first : first.subarray(0, zero);
    const end = endOfSubtree(roots, { start, end: range.end }, child);
    steps.push({ name: Buffer.from(child.subarray(from)).toString('latin1'), start, end });
    start = end;
  }
  return steps;
}

/** The roots of `range` that are `key` or lie inside it. */
export function rootsInside(roots: readonly PathKey[], range: RootRange, key: PathKey): RootRange {
  let low = range.start;
  let high = range.end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePaths(roots[middle] as PathKey, key) < 0) low = middle + 1;
    else high = middle;
  }
  return { start: low, end: endOfSubtree(roots, { start: low, end: range.end }, key) };
}

/**
 * Galloping from the start: a folder of many roots takes few steps, and so does one of a single
 * root.
 */
function endOfSubtree(roots: readonly PathKey[], range: RootRange, key: PathKey): number {
  const inside = (at: number): boolean => at < range.end && isInside(roots[at] as PathKey, key);
  if (!inside(range.start)) return range.start;
  let low = range.start;
  let stride = 1;
  while (inside(low + stride)) {
    low += stride;
    stride *= 2;
  }
  for (; stride >= 1; stride = Math.floor(stride / 2)) if (inside(low + stride)) low += stride;
  return low + 1;
}
