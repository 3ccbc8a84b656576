/**
 * Draws files at random from the list of a snapshot, in one pass and bounded memory; those that changed last are the
 * likeliest: what was written last was read back least.
 *
 * Weighted reservoir sampling (Efraimidis and Spirakis, 2006): each file draws u ^ (1 / weight), the greatest stay.
 * @module
 */
import type { RandomBytes } from '../../base/ports.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';

/** So much likelier is a file that changed last. */
const CHANGED_WEIGHT = 8;
const RANDOM_BLOCK_BYTES = 6 * 1024;

export interface DrawnFile {
  readonly path: PathKey;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export interface SampleLimits {
  readonly files: number;
  readonly bytes: number;
  /** Files that changed after it are likelier; ms since 1970. */
  readonly changedAfterMs: number;
}

export interface Sample {
  /** In path order. */
  readonly drawn: readonly DrawnFile[];
  readonly filesSeen: number;
}

interface Ranked {
  readonly rank: number;
  readonly file: DrawnFile;
}

/** @param entries in any order; may be reused by whoever gives them */
export async function drawSample(
  entries: AsyncIterable<Entry>,
  limits: SampleLimits,
  random: RandomBytes,
): Promise<Sample> {
  const unit = unitNumbers(random);
  const ranked: Ranked[] = [];
  let smallest: DrawnFile | undefined;
  let filesSeen = 0;
  for await (const entry of entries) {
    if (entry.type !== EntryType.file) continue;
    filesSeen++;
    if (entry.size > limits.bytes) {
      if (ranked.length === 0 && entry.size < (smallest?.size ?? Infinity))
        smallest = fileOf(entry);
      continue;
    }
    const weight = isChanged(entry, limits.changedAfterMs) ? CHANGED_WEIGHT : 1;
    const rank = unit() ** (1 / weight);
    const last = ranked.at(-1);
    if (ranked.length >= limits.files && last && rank <= last.rank) continue;
    insert(ranked, { rank, file: fileOf(entry) });
    if (ranked.length > limits.files) ranked.pop();
  }
  if (ranked.length === 0 && smallest) return { drawn: [smallest], filesSeen };
  return { drawn: withinBytes(ranked, limits.bytes), filesSeen };
}

/** Numbers between 0 and 1, never either. */
function unitNumbers(random: RandomBytes): () => number {
  let block = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at >= block.length) {
      block = Buffer.from(random(RANDOM_BLOCK_BYTES));
      at = 0;
    }
    const value = block.readUIntBE(at, 6);
    at += 6;
    return (value + 0.5) / 2 ** 48;
  };
}

function isChanged(entry: Entry, afterMs: number): boolean {
  const afterSec = afterMs / 1000;
  return entry.mtimeSec >= afterSec || entry.ctimeSec >= afterSec;
}

function fileOf({ path, size, mtimeSec, mtimeNs, ctimeSec, ctimeNs }: Entry): DrawnFile {
  return {
    path: Buffer.from(path),
    size,
    mtimeNs: nanoseconds(mtimeSec, mtimeNs),
    ctimeNs: nanoseconds(ctimeSec, ctimeNs),
  };
}

function nanoseconds(seconds: number, ns: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(ns);
}

/** Greatest rank first. */
function insert(ranked: Ranked[], one: Ranked): void {
  let [low, high] = [0, ranked.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranked[middle]?.rank ?? 0) > one.rank) low = middle + 1;
    else high = middle;
  }
  ranked.splice(low, 0, one);
}

function withinBytes(ranked: readonly Ranked[], bytes: number): DrawnFile[] {
  let left = bytes;
  const drawn: DrawnFile[] = [];
  for (const { file } of ranked) {
    if (file.size > left) continue;
    left -= file.size;
    drawn.push(file);
  }
  return drawn.sort((a, b) => Buffer.compare(a.path, b.path));
}
