import { expect, test } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { FileWindow } from '../../src/chunker/file-window.ts';

/** A file whose bytes tell where they are from, and are never zero. */
const byteAt = (position: number): number => 1 + ((position >> 12) % 255);

function read(target: Uint8Array, position: number): number {
  for (let at = 0; at < target.length; at += 4096)
    target.fill(byteAt(position + at), at, at + 4096);
  return target.length;
}

test('a window touches little of its memory where little is kept, and all where it has to', () => {
  const buffer = new Uint8Array(12 * MiB);
  const touched = () => buffer.findLastIndex((byte) => byte !== 0) + 1;
  const window = new FileWindow(buffer, read, 0);
  while (window.end < 40 * MiB) window.fill(Math.max(0, window.end - MiB / 2));
  expect(touched()).toBeLessThanOrEqual(3 * MiB);
  const keptFrom = window.end - MiB / 2;
  while (window.end < keptFrom + 11 * MiB) window.fill(keptFrom);
  expect(touched()).toBeGreaterThan(10 * MiB);
  for (let at = keptFrom; at < window.end; at += 4096) {
    if (window.view(at, at + 1)[0] !== byteAt(at)) expect.fail(`the byte at ${at}`);
  }
});
