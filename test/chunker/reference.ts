/**
 * The chunker once more: slow, plain, from the rules as written, with the whole file in memory.
 * @module
 */
import { createHmac } from 'node:crypto';
import type { CutParameters } from '../../src/chunker/parameters.ts';
import type { ChunkerKeys } from '../../src/chunker/scanner.ts';

export interface Candidate {
  readonly position: number;
  readonly value: number;
}

/** The gear table as 256 numbers of 64 bits. */
export function referenceGearTable(key: Uint8Array): bigint[] {
  const bytes = Buffer.concat(
    Array.from({ length: 64 }, (_, j) =>
      createHmac('sha256', key).update(Uint8Array.of(j)).digest(),
    ),
  );
  return Array.from({ length: 256 }, (_, i) => bytes.readBigUInt64LE(8 * i));
}

export function referenceCandidates(file: Uint8Array, keys: ChunkerKeys): Candidate[] {
  const table = referenceGearTable(keys.gearTable);
  const high = table.map((word) => Number(word >> 32n));
  const low = table.map((word) => Number(word & 0xffffffffn));
  const found: Candidate[] = [];
  let h = 0; // the upper half of the hash
  let l = 0; // the lower half
  for (let p = 1; p <= file.length; p++) {
    const byte = file[p - 1] ?? 0;
    const sum = ((l << 1) >>> 0) + (low[byte] ?? 0);
    h = (((h << 1) >>> 0) + (l >>> 31) + (high[byte] ?? 0) + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    l = sum >>> 0;
    if (p < 65 || h >>> 18 !== 0) continue;
    if (file.subarray(p - 65, p).every((b) => b === byte)) continue;
    const mac = createHmac('sha256', keys.boundary)
      .update(file.subarray(p - 64, p))
      .digest();
    found.push({ position: p, value: mac.readUInt32BE(0) });
  }
  return found;
}

export function referenceBoundaries(
  candidates: readonly Candidate[],
  fileBytes: number,
  min: number,
): number[] {
  const isBoundary = ({ position: p, value }: Candidate): boolean =>
    p >= min &&
    p <= fileBytes - min &&
    candidates.every(
      (other) =>
        Math.abs(other.position - p) >= min ||
        other.position === p ||
        (other.position < p ? other.value > value : other.value >= value),
    );
  return candidates.filter(isBoundary).map(({ position }) => position);
}

/** Where the chunks of a file end. */
export function referenceCuts(
  file: Uint8Array,
  keys: ChunkerKeys,
  { minBytes, maxBytes }: CutParameters,
): number[] {
  const candidates = referenceCandidates(file, keys);
  const cuts: number[] = [];
  let begin = 0;
  for (const end of [...referenceBoundaries(candidates, file.length, minBytes), file.length]) {
    while (end - begin > maxBytes) {
      let forced: Candidate = { position: begin + maxBytes, value: Infinity };
      for (const candidate of candidates) {
        const { position, value } = candidate;
        if (position < begin + minBytes || position > begin + maxBytes) continue;
        if (value <= forced.value) forced = candidate;
      }
      begin = forced.position;
      cuts.push(begin);
    }
    if (end > begin) cuts.push(end);
    begin = end;
  }
  return cuts;
}
