/**
 * Names of extents: 32 characters of hex, never given twice.
 *
 * `start u32 || number u48 || random[6]`, big-endian. Number of the server's start and number of the extent in it
 * make it unique; the random end keeps it so where an older catalog was put back beside newer files, and spreads files
 * over folders. New names are neighbours in the catalog, which keeps inserting them cheap.
 * @module
 */
import type { RandomBytes } from '../../../base/ports.ts';

const START_DIGITS = 8;

/** @param startNumber of the catalog: grows with each start */
export function extentIds(startNumber: number, random: RandomBytes): () => string {
  let number = 0;
  return () => {
    const bytes = Buffer.allocUnsafe(16);
    bytes.writeUInt32BE(startNumber, 0);
    bytes.writeUIntBE(number++, 4, 6);
    bytes.set(random(6), 10);
    return bytes.toString('hex');
  };
}

/** The start of the server in which the extent was named. Undefined where it is no such name. */
export function startOfExtent(name: string): number | undefined {
  if (!/^[0-9a-f]{32}$/.test(name)) return undefined;
  return Number.parseInt(name.slice(0, START_DIGITS), 16);
}
