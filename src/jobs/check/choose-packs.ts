/**
 * Which packs a check reads whole.
 * @module
 */
import { asBuffer } from '../../base/bytes.ts';
import type { RandomBytes } from '../../base/ports.ts';
import type { PackList } from '../../vault/index/pack-list.ts';

/**
 * All of them, or a part: a random share (0 < `fraction` ≤ 1), random ones of about so many `bytes`, or
 * one of `of` parts (1 ≤ `part` ≤ `of`) into which the packs fall by their names, always the same.
 */
export type ReadData =
  | 'all'
  | { readonly fraction: number }
  | { readonly part: number; readonly of: number }
  | { readonly bytes: number };

/** @returns pack numbers out of `candidates`; at least one where there is one and any was asked for */
export function choosePacks(
  packs: PackList,
  candidates: readonly number[],
  wish: ReadData,
  random: RandomBytes,
): number[] {
  if (wish === 'all') return [...candidates];
  if ('of' in wish) {
    const { part, of } = wish;
    // Names are random: their first digits are as good as any hash.
    return candidates.filter(
      (pack) => parseInt(packs.idOf(pack).slice(0, 8), 16) % of === part - 1,
    );
  }
  const shuffled = shuffle(candidates, random);
  if ('fraction' in wish) return shuffled.slice(0, Math.ceil(shuffled.length * wish.fraction));
  let bytes = 0;
  return shuffled.filter((pack) => {
    const isWanted = bytes < wish.bytes;
    if (isWanted) bytes += packs.sealedBytesOf(pack);
    return isWanted;
  });
}

function shuffle(numbers: readonly number[], random: RandomBytes): number[] {
  const draws = asBuffer(random(numbers.length * 4));
  return numbers
    .map((number, i) => ({ number, draw: draws.readUInt32BE(i * 4) }))
    .sort((a, b) => a.draw - b.draw)
    .map(({ number }) => number);
}
