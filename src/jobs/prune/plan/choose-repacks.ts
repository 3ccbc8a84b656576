/**
 * Which packs are worth moving what is needed of them: only so many that no more than the allowed share of what is
 * stored is unused, those that give most for the least first; and packs so small that many become one.
 * @module
 */
import type { PlanInput } from './plan-prune.ts';

const MAX_UNUSED = { fraction: 0.05 };
/** So small a share of a full pack is small. */
const SMALL_SHARE = 1 / 4;
/** Fewer small packs than this are left alone. */
const SMALL_PACKS_MIN = 8;

export interface RepackChoice {
  readonly repack: number[];
  readonly keep: number[];
  readonly unusedBytesLeft: number;
}

/** @param kept numbers of packs that are needed and not condemned */
export function chooseRepacks(input: PlanInput, kept: readonly number[]): RepackChoice {
  const { use, options } = input;
  const needed = (n: number): number => use.neededBytes[n] ?? 0;
  const unused = (n: number): number => (use.totalBytes[n] ?? 0) - needed(n);
  const limit = options.maxUnused ?? MAX_UNUSED;
  const neededBytes = kept.reduce((sum, n) => sum + needed(n), 0);
  const allowed = 'bytes' in limit ? limit.bytes : limit.fraction * neededBytes;
  let left = kept.reduce((sum, n) => sum + unused(n), 0);
  let mayMove = options.maxRepackBytes ?? Infinity;
  const chosen = new Set<number>();
  const choose = (n: number): void => {
    if (needed(n) > mayMove) return;
    chosen.add(n);
    mayMove -= needed(n);
    left -= unused(n);
  };
  const worth = kept.filter((n) => unused(n) > 0);
  // What is freed for each byte that is moved.
  worth.sort((a, b) => unused(b) / (needed(b) + 1) - unused(a) / (needed(a) + 1));
  for (const n of worth) {
    if (left <= allowed) break;
    choose(n);
  }
  for (const n of smallPacks(input, kept)) if (!chosen.has(n)) choose(n);
  return {
    repack: [...chosen],
    keep: kept.filter((n) => !chosen.has(n)),
    unusedBytesLeft: Math.max(0, left),
  };
}

/** Of each room, where together they fill a pack. */
function smallPacks({ survey, packSizeBytes }: PlanInput, kept: readonly number[]): number[] {
  const { packs } = survey.index;
  return (['data', 'meta'] as const).flatMap((room) => {
    const small = kept.filter(
      (n) => packs.kindOf(n) === room && packs.sealedBytesOf(n) < packSizeBytes * SMALL_SHARE,
    );
    const bytes = small.reduce((sum, n) => sum + packs.sealedBytesOf(n), 0);
    const isWorth = small.length >= SMALL_PACKS_MIN && bytes >= packSizeBytes / 2;
    return isWorth ? small : [];
  });
}
