/**
 * Names of versions: 32 characters of hex, the first 12 of them when it was made, the others random.
 *
 * The time says nothing that Last-Modified does not say too. It keeps new names together in their index, and tells a
 * listing where to go on after a version that was deleted between two pages.
 * @module
 */
import { toHex } from '../../../base/bytes.ts';
import type { RandomBytes } from '../../../base/ports.ts';

const TIME_DIGITS = 12;

export function newVersionId(nowMs: number, random: RandomBytes): string {
  const time = Math.max(0, Math.trunc(nowMs)).toString(16).padStart(TIME_DIGITS, '0');
  return `${time}${toHex(random(10))}`;
}

/** When the version was made, by its name. Undefined where it is no such name. */
export function versionIdMs(versionId: string): number | undefined {
  if (!/^[0-9a-f]{32}$/.test(versionId)) return undefined;
  return Number.parseInt(versionId.slice(0, TIME_DIGITS), 16);
}
