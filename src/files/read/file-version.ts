/**
 * What of a file tells whether its content may have changed.
 * @module
 */
import type { BigIntStats } from 'node:fs';
import type { Entry } from '../../format/entry.ts';

export type FileVersion = Pick<Entry, 'size' | 'mtimeSec' | 'mtimeNs' | 'ctimeSec' | 'ctimeNs'>;

const NANOS = 1_000_000_000;

/** A time as whole seconds (rounded down, also before 1970) and the nanoseconds beyond them. */
interface Instant {
  readonly sec: number;
  readonly ns: number;
}

/**
 * Splits a time without dividing big integers, which is slow. `ms` gives the seconds, perhaps one too many before
 * 1970; as the rest is below 2^32 nanoseconds, the low 32 bits of both are enough to tell it.
 */
function instantOf(ms: bigint, nanoseconds: bigint): Instant {
  const sec = Math.floor(Number(ms) / 1000);
  const low = Number(BigInt.asUintN(32, nanoseconds));
  const ns = (low - Math.imul(sec, NANOS)) >>> 0;
  return ns < NANOS ? { sec, ns } : { sec: sec - 1, ns: (ns + NANOS) >>> 0 };
}

/** The version of a file of any type, from its stats. */
export function versionOf(stats: BigIntStats): FileVersion {
  const mtime = instantOf(stats.mtimeMs, stats.mtimeNs);
  const ctime = instantOf(stats.ctimeMs, stats.ctimeNs);
  return {
    size: Number(stats.size),
    mtimeSec: mtime.sec,
    mtimeNs: mtime.ns,
    ctimeSec: ctime.sec,
    ctimeNs: ctime.ns,
  };
}

/** True where nothing hints at a change. */
export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  return (
    a.size === b.size &&
    a.mtimeSec === b.mtimeSec &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeSec === b.ctimeSec &&
    a.ctimeNs === b.ctimeNs
  );
}
