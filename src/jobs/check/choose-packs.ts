/**
 * Which packs a check reads whole.
 * @module
 */
import { asBuffer } from '../../base/bytes.ts';
import type { RandomBytes } from '../../base/ports.ts';
import type { PackList } from '../../vault/index/pack-list.ts';

/**
 * All of them, or a part: a share (0 < `fraction` ≤ 1), or about so many `bytes`, of those that were verified the
 * longest ago; or one of `of` parts (1 ≤ `part` ≤ `of`) into which the packs fall by their names, always the same.
 */
export type ReadData =
  | 'all'
  | { readonly fraction: number }
  | { readonly part: number; readonly of: number }
  | { readonly bytes: number };

/**
 * @param verifiedMs when a pack was last verified; 0 for never
 * @returns pack numbers out of `candidates`, those first that were verified the longest ago, and of those that
 *   never were any first; at least one where there is one and any was asked for
 */
export function choosePacks(
  packs: PackList,
  candidates: readonly number[],
  wish: ReadData,
  random: RandomBytes,
  verifiedMs: (pack: number) => number,
): number[] {
  const ordered = shuffle(candidates, random).sort((a, b) => verifiedMs(a) - verifiedMs(b));
  if (wish === 'all') return ordered;
  if ('of' in wish) {
    const { part, of } = wish;
    // Names are random: their first digits are as good as any hash.
    return ordered.filter((pack) => parseInt(packs.idOf(pack).slice(0, 8), 16) % of === part - 1);
  }
  if ('fraction' in wish) return ordered.slice(0, Math.ceil(ordered.length * wish.fraction));
  let bytes = 0;
  return ordered.filter((pack) => {
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
