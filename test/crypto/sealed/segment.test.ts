import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/base/bytes.ts';
import { KiB, MiB } from '../../../src/base/units.ts';
import { Suite } from '../../../src/crypto/sealed/header.ts';
import {
  opensTo,
  readSegment,
  readSegmentInto,
  segmentNonce,
  writeSegment,
} from '../../../src/crypto/sealed/segment.ts';
import { hex, readVectors } from '../read-vectors.ts';
import { SUITES, plaintext } from './fixture.ts';

type AeadVector = Record<'comment' | 'key' | 'nonce' | 'aad' | 'plaintext' | 'expect', string> & {
  suite: Suite;
};
const { vectors } = readVectors<{ vectors: AeadVector[] }>('aead.json');

function keysOf(suite: Suite) {
  return {
    suite,
    key: new Uint8Array(randomBytes(32)),
    baseNonce: new Uint8Array(randomBytes(12)),
    header: new Uint8Array(randomBytes(96)),
  };
}

describe('the published answers', () => {
  it.each(vectors)('$comment', ({ suite, key, nonce, aad, plaintext: text, expect: answer }) => {
    const keys = { suite, key: hex(key), baseNonce: hex(nonce), header: hex(aad) };
    const plain = hex(text);
    const out = new Uint8Array(plain.length + 28);
    expect(writeSegment(keys, 0, plain, out, 0)).toBe(out.length);
    expect(toHex(out)).toBe(nonce + answer);
    expect(toHex(readSegment(keys, 0, out) ?? new Uint8Array(1))).toBe(text);
  });
});

describe('the nonce of a segment', () => {
  it('is the base nonce XOR its number, big-endian', () => {
    const base = hex('ffeeddccbbaa998877665544');
    expect(toHex(segmentNonce(base, 0))).toBe('ffeeddccbbaa998877665544');
    expect(toHex(segmentNonce(base, 1))).toBe('ffeeddccbbaa998877665545');
    expect(toHex(segmentNonce(base, 0x01020304))).toBe('ffeeddccbbaa998876645640');
    expect(toHex(segmentNonce(base, 2 ** 32 - 1))).toBe('ffeeddccbbaa99888899aabb');
    expect(toHex(base)).toBe('ffeeddccbbaa998877665544');
  });

  it.each([-1, 0.5, 2 ** 32])('does not exist for %d', (index) => {
    expect(() => segmentNonce(new Uint8Array(12), index)).toThrow('segment index');
  });
});

describe.each(SUITES)('a segment under %s', (_, suite) => {
  // Around the slices it is worked on in, and Node's buffer pool.
  const lengths = [0, 1, 2, 65_536, 65_537, 256 * KiB - 1, 256 * KiB, 256 * KiB + 1, MiB];

  it.each(lengths)('of %i bytes is the same in shared and unaligned memory', (length) => {
    const keys = keysOf(suite);
    const plain = plaintext(length);
    const own = new Uint8Array(length + 28);
    writeSegment(keys, 7, plain, own, 0);
    const shared = new Uint8Array(new SharedArrayBuffer(length + 28 + 5)).fill(0x55);
    writeSegment(keys, 7, plain, shared, 3);
    expect(Buffer.compare(shared.subarray(3, length + 31), own)).toBe(0);
    expect([...shared.subarray(0, 3), ...shared.subarray(length + 31)]).toEqual([
      0x55, 0x55, 0x55, 0x55, 0x55,
    ]);
    expect(opensTo(keys, 7, shared.subarray(3, length + 31), plain)).toBe(true);
    const fromShared = new Uint8Array(plain.length);
    fromShared.set(plain);
    expect(Buffer.compare(readSegment(keys, 7, own) ?? own, fromShared)).toBe(0);
  });

  it('opens into the middle of a buffer, and leaves zeros there when it is refused', () => {
    const keys = keysOf(suite);
    const plain = plaintext(300 * KiB);
    const sealed = new Uint8Array(plain.length + 28);
    writeSegment(keys, 0, plain, sealed, 0);
    const out = new Uint8Array(plain.length + 2).fill(0x55);
    expect(readSegmentInto(keys, 0, sealed, out, 1)).toBe(true);
    expect(Buffer.compare(out.subarray(1, -1), plain)).toBe(0);
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(readSegmentInto(keys, 0, sealed, out, 1)).toBe(false);
    expect(Buffer.compare(out.subarray(1, -1), new Uint8Array(plain.length))).toBe(0);
    expect([out[0], out.at(-1)]).toEqual([0x55, 0x55]);
    expect(readSegment(keys, 0, sealed)).toBeUndefined();
  });

  it('opens to its own plaintext only', () => {
    const keys = keysOf(suite);
    const plain = plaintext(600 * KiB);
    const sealed = new Uint8Array(plain.length + 28);
    writeSegment(keys, 0, plain, sealed, 0);
    for (const at of [0, 256 * KiB - 1, 256 * KiB, plain.length - 1]) {
      const other = plain.with(at, (plain[at] ?? 0) ^ 1);
      expect(opensTo(keys, 0, sealed, other)).toBe(false);
    }
    expect(opensTo(keys, 0, sealed, plain.subarray(1))).toBe(false);
    expect(opensTo(keys, 0, sealed, plain.subarray(0, -1))).toBe(false);
    expect(opensTo(keys, 0, sealed, plaintext(plain.length + 1))).toBe(false);
    expect(opensTo(keys, 1, sealed, plain)).toBe(false);
    expect(opensTo(keys, 0, sealed, plain)).toBe(true);
  });
});
