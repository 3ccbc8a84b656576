/** Segments that are opened in their own memory. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KiB } from '../../src/base/units.ts';
import { HEADER_BYTES, ObjectKind } from '../../src/crypto/sealed/header.ts';
import { ObjectOpener } from '../../src/crypto/sealed/open.ts';
import { ObjectSealer } from '../../src/crypto/sealed/seal.ts';
import { SEGMENT_OVERHEAD_BYTES, sealedBytes } from '../../src/crypto/sealed/sizes.ts';
import { openContext, sealContext } from '../../src/crypto/vault-keys.ts';
import { PlainStretch } from '../../src/vault/pack/plain-stretch.ts';
import { newVault } from '../support/test-vault.ts';
import { random } from '../support/tree.ts';

const SEGMENT_BYTES = 256 * KiB;
const STRIDE = SEGMENT_BYTES + SEGMENT_OVERHEAD_BYTES;
const { keys } = await newVault();
const plain = random(4 * SEGMENT_BYTES + 1000, 1);

/** A pack of five segments, from segment `first` on. */
function stretch(first = 0, damage: (sealed: Uint8Array) => void = () => undefined): PlainStretch {
  const context = sealContext(keys, (length) => new Uint8Array(randomBytes(length)));
  const sealer = new ObjectSealer(context, ObjectKind.dataPack, SEGMENT_BYTES);
  const sealed = new Uint8Array(sealedBytes(plain.length, SEGMENT_BYTES));
  sealed.set(sealer.header, 0);
  let at = HEADER_BYTES;
  for (let from = 0; from < plain.length; from += SEGMENT_BYTES) {
    const part = plain.subarray(from, from + SEGMENT_BYTES);
    at += sealer.sealSegment(part, part.length < SEGMENT_BYTES, sealed, at);
  }
  damage(sealed);
  const expected = { kind: ObjectKind.dataPack, name: sealer.name };
  const opener = new ObjectOpener(openContext(keys), sealed, expected, sealed.length);
  return new PlainStretch(opener, first, sealed.subarray(HEADER_BYTES + first * STRIDE));
}

function isRight(part: Uint8Array, from: number): boolean {
  return Buffer.compare(part, plain.subarray(from, from + part.length)) === 0;
}

describe('a stretch of segments', () => {
  test('gives what spans segments as one piece, which stays as it is', () => {
    const opened = stretch();
    const parts = [0, 100, SEGMENT_BYTES - 1, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES - 5].map(
      (from) => [opened.read(from, SEGMENT_BYTES + 10), from] as const,
    );
    const end = opened.read(4 * SEGMENT_BYTES, 1000);
    expect(parts.every(([part, from]) => isRight(part, from))).toBe(true);
    expect(isRight(end, 4 * SEGMENT_BYTES)).toBe(true);
  });

  test('may begin anywhere in the pack, and segments may be passed over', () => {
    const opened = stretch(1);
    expect(isRight(opened.read(SEGMENT_BYTES + 7, 50), SEGMENT_BYTES + 7)).toBe(true);
    expect(isRight(opened.read(3 * SEGMENT_BYTES, 2000), 3 * SEGMENT_BYTES)).toBe(true);
    for (const from of [0, 2 * SEGMENT_BYTES])
      expect(() => opened.read(from, 10)).toThrow('ends before');
    expect(isRight(opened.read(SEGMENT_BYTES, 10), SEGMENT_BYTES)).toBe(true);
  });

  test('loses a damaged segment and no other', () => {
    const opened = stretch(0, (sealed) => sealed.fill(1, 2 * STRIDE, 2 * STRIDE + 1));
    opened.openAll();
    for (const length of [1, SEGMENT_BYTES, 2 * SEGMENT_BYTES])
      expect(() => opened.read(SEGMENT_BYTES, length)).toThrow('segment 1 is not');
    expect(isRight(opened.read(0, SEGMENT_BYTES), 0)).toBe(true);
    expect(isRight(opened.read(2 * SEGMENT_BYTES, SEGMENT_BYTES), 2 * SEGMENT_BYTES)).toBe(true);
  });

  test('refuses what the pack does not have', () => {
    expect(() => stretch().read(plain.length - 1, 2)).toThrow('ends before');
    expect(() => stretch().read(10 * SEGMENT_BYTES, 1)).toThrow('ends before');
  });
});
