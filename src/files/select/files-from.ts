/**
 * Lists of paths to back up, as for `--files-from`.
 * @module
 */
import { asBuffer } from '../../base/bytes.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The paths of a list, as bytes (views): ended by zero bytes where it holds any, as `find -print0`
 * writes them, else one a line. They are taken as they stand: no pattern, no comment, no quoting.
 * Empty ones don't count. A carriage return before a newline is dropped, so a name that ends in one
 * needs the zero form.
 */
export function parseFilesFrom(list: Uint8Array): Buffer[] {
  const bytes = asBuffer(list);
  const end = bytes.includes(0) ? 0 : NEWLINE;
  const paths: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(end, start);
    const stop = found < 0 ? bytes.length : found;
    const isCrlf = end === NEWLINE && stop > start && bytes[stop - 1] === RETURN;
    const path = bytes.subarray(start, isCrlf ? stop - 1 : stop);
    if (path.length > 0) paths.push(path);
    start = stop + 1;
  }
  return paths;
}
