/**
 * Writing stretches of files: whole, or leaving runs of zeros as holes.
 * @module
 */
import { writeSync } from 'node:fs';
import { asBuffer } from '../../base/bytes.ts';

/** File systems allocate in blocks of this size or a multiple. */
const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Writes all of `bytes` at `position`. @throws Error with the errno of `write`, such as `ENOSPC`
 */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/**
 * Writes only what is not zero, in whole blocks of the file. Where the file has no blocks yet this
 * leaves holes; it must not be used over old content. The file may end up shorter than `position +
 * length`.
 */
export function writeSparsely(fd: number, bytes: Uint8Array, position: number): void {
  const all = asBuffer(bytes);
  let runStart = -1;
  let at = 0;
  while (at < all.length) {
    const blockEnd = Math.min(all.length, at + BLOCK_BYTES - ((position + at) % BLOCK_BYTES));
    const zero = isZero(all, at, blockEnd);
    if (zero && runStart >= 0) {
      writeFully(fd, all.subarray(runStart, at), position + runStart);
      runStart = -1;
    } else if (!zero && runStart < 0) {
      runStart = at;
    }
    at = zero ? skipZeros(all, blockEnd) : blockEnd;
  }
  if (runStart >= 0) writeFully(fd, all.subarray(runStart), position + runStart);
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === 0 && bytes.compare(ZEROS, 0, to - from, from, to) === 0;
}

/** Passes over long runs in strides; ends at the same remainder of a block as it began. */
function skipZeros(bytes: Buffer, from: number): number {
  let at = from;
  while (at + ZEROS.length <= bytes.length && isZero(bytes, at, at + ZEROS.length))
    at += ZEROS.length;
  return at;
}
