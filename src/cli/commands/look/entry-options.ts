/**
 * What is looked for besides names: texts of `find`'s options turned into values.
 * @module
 */
import { InvalidArgumentError } from 'commander';
import { parseSizeBytes } from '../../../base/units.ts';
import { EntryType } from '../../../format/entry.ts';
import { time } from '../../options/parse.ts';

const TYPES: ReadonlyMap<string, EntryType> = new Map([
  ['f', EntryType.file],
  ['d', EntryType.directory],
  ['l', EntryType.symlink],
  ['p', EntryType.fifo],
  ['s', EntryType.socket],
  ['c', EntryType.charDevice],
  ['b', EntryType.blockDevice],
]);

/** `f`, `d`, `l`, `p`, `s`, `c`, `b`, several separated by commas, each time the option is given. */
export function entryTypes(text: string, earlier: readonly EntryType[] = []): EntryType[] {
  const types = text.split(',').map((one) => {
    const type = TYPES.get(one.trim());
    if (type !== undefined) return type;
    throw new InvalidArgumentError('Write f, d, l, p, s, c or b.');
  });
  return [...earlier, ...types];
}

/** Bytes; both ends are inside. */
export interface SizeRange {
  readonly min?: number;
  readonly max?: number;
}

/** `+10M` (at least), `-1K` (at most), `512` (exactly); given again, each must hold. */
export function sizeRange(text: string, earlier: SizeRange = {}): SizeRange {
  const bytes = parseSizeBytes(text.replace(/^[+-]/, ''));
  if (bytes === undefined) throw new InvalidArgumentError('Write a size such as +10M, -1K or 512.');
  const min = text.startsWith('-') ? undefined : Math.max(bytes, earlier.min ?? 0);
  const max = text.startsWith('+') ? undefined : Math.min(bytes, earlier.max ?? Infinity);
  return { ...earlier, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

const HOUR_MS = 60 * 60 * 1000;
const UNITS_MS: Readonly<Record<string, number>> = {
  h: HOUR_MS,
  d: 24 * HOUR_MS,
  w: 7 * 24 * HOUR_MS,
  y: 365 * 24 * HOUR_MS,
};

/** A moment, ms since 1970, given what time it is. */
export type Moment = (nowMs: number) => number;

/** `2026-11-21`, `2026-11-21T20:15:00Z`, or an age: `12h`, `7d`, `4w`, `1y`. */
export function moment(text: string): Moment {
  const age = /^(\d{1,6})([hdwy])$/.exec(text);
  if (age) {
    const agoMs = Number(age[1]) * (UNITS_MS[age[2] ?? ''] ?? 0);
    return (nowMs) => nowMs - agoMs;
  }
  const atMs = time(text);
  return () => atMs;
}
