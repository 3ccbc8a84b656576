/**
 * Writes files of generated content.
 * @module
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Filler } from './content/random-bytes.ts';

const PIECE = Buffer.allocUnsafeSlow(1 << 20);

/** Writes a new file with the next `bytes` bytes of some content. */
export function writeContent(path: string, bytes: number, fill: Filler): void {
  const fd = openSync(path, 'wx');
  try {
    for (let at = 0; at < bytes; at += PIECE.length) {
      const piece = PIECE.subarray(0, Math.min(PIECE.length, bytes - at));
      fill(piece);
      writeSync(fd, piece);
    }
  } finally {
    closeSync(fd);
  }
}
