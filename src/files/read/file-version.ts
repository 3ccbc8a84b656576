/**
 * What of a file tells whether its content may have changed.
 * @module
 */
import type { BigIntStats } from 'node:fs';
import type { Entry } from '../../format/entry.ts';

export type FileVersion = Pick<Entry, 'size' | 'mtimeSec' | 'mtimeNs' | 'ctimeSec' | 'ctimeNs'>;

const NANOS = 1_000_000_000n;

/** Seconds rounded down, so that the nanoseconds of a time before 1970 are positive too. */
function wholeSeconds(nanoseconds: bigint): number {
  const seconds = Number(nanoseconds / NANOS);
  return nanoseconds < 0n && nanoseconds % NANOS !== 0n ? seconds - 1 : seconds;
}

/** The version of a file of any type, from its stats. */
export function versionOf({ size, mtimeNs, ctimeNs }: BigIntStats): FileVersion {
  const [mtimeSec, ctimeSec] = [wholeSeconds(mtimeNs), wholeSeconds(ctimeNs)];
  return {
    size: Number(size),
    mtimeSec,
    mtimeNs: Number(mtimeNs - BigInt(mtimeSec) * NANOS),
    ctimeSec,
    ctimeNs: Number(ctimeNs - BigInt(ctimeSec) * NANOS),
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
