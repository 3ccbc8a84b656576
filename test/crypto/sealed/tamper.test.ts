/**
 * Promise 3: nothing is accepted that we did not write. Every kind and both suites, every way in which
 * stored bytes can differ from those that were written, and for each the code that says so.
 */
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { ObjectKind, Suite } from '../../../src/crypto/sealed/header.ts';
import { ObjectOpener, openObject } from '../../../src/crypto/sealed/open.ts';
import type { Expected } from '../../../src/crypto/sealed/open.ts';
import { sealObject } from '../../../src/crypto/sealed/seal.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { failureCode } from '../failure-code.ts';
import { KINDS, SEGMENT, STRIDE, SUITES, plaintext, sealSegments, testVault } from './fixture.ts';
import type { TestObject } from './fixture.ts';

/** Two full segments, and a last one of that many bytes. */
const LAST = 100;
const TOTAL = 96 + 2 * STRIDE + LAST + 28;
const BOUNDARIES = [96, 96 + STRIDE, 96 + 2 * STRIDE];
const matrix = SUITES.flatMap(([suiteName, suite]) =>
  KINDS.map(([kindName, kind]) => ({ suiteName, suite, kindName, kind })),
);

/** The code where no object can have that length, by arithmetic of the test's own. */
function isImpossible(length: number): boolean {
  return length < 124 || (length - 96) % STRIDE < 28;
}

/** Which way a changed header byte is noticed, when every single-bit flip is tried. */
function codeOfHeaderFlip(at: number, value: number): string {
  if (at < 6) return 'object/header'; // magic, version
  if (at === 6) return 'object/header'; // no two suites are one bit apart
  if (at === 7) return value >= 1 && value <= 7 ? 'object/kind' : 'object/header';
  if (at < 12) return 'object/epoch';
  if (at < 32) return 'object/header'; // no two segment sizes are one bit apart; reserved
  return at < 48 ? 'object/name' : 'object/commitment';
}

describe.each(matrix)('$kindName under $suiteName', ({ suite, kind }) => {
  const vault = testVault('tamper', suite);
  const sealed = (length: number, seed: string) =>
    sealSegments(vault, kind, plaintext(length, seed));
  const object = sealed(2 * SEGMENT + LAST, 'one');
  const other = sealed(2 * SEGMENT + LAST, 'two');
  const ownName: Expected = { kind, name: object.name };
  const open = (bytes: Uint8Array, expected = ownName) =>
    failureCode(() => openObject(vault.open, bytes, expected));
  const header = ({ bytes }: TestObject) => bytes.subarray(0, 96);
  const segment = ({ bytes }: TestObject, i: number) =>
    bytes.subarray(96 + i * STRIDE, 96 + (i + 1) * STRIDE);
  const segments = (of: TestObject) => [segment(of, 0), segment(of, 1), segment(of, 2)];

  it('opens as it was written', () => {
    expect(object.bytes.length).toBe(TOTAL);
    expect(open(object.bytes)).toBe('none');
    expect(open(other.bytes, { kind, name: other.name })).toBe('none');
  });

  it('is refused with any bit of its header flipped', () => {
    const start = header(object);
    const opener = (bytes: Uint8Array) => new ObjectOpener(vault.open, bytes, ownName, TOTAL);
    expect(failureCode(() => opener(start))).toBe('none');
    const wrong: string[] = [];
    for (let at = 0; at < 96; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const value = (start[at] ?? 0) ^ (1 << bit);
        const code = failureCode(() => opener(edit(start, at, value)));
        if (code !== codeOfHeaderFlip(at, value)) wrong.push(`byte ${at} bit ${bit}: ${code}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is refused with any header byte edited so that only the commitment can notice', () => {
    const everyEpoch = { ...vault.open, epochKey: () => vault.seal.epochKey };
    const refuse = (edited: Uint8Array, expected: Expected) =>
      expect(failureCode(() => openObject(everyEpoch, edited, expected))).toBe('object/commitment');
    refuse(edit(object.bytes, 6, 3 - suite), ownName);
    for (const [, kind2] of KINDS.filter(([, known]) => known !== kind)) {
      refuse(edit(object.bytes, 7, kind2), { ...ownName, kind: kind2 });
    }
    for (let at = 8; at < 12; at++) refuse(edit(object.bytes, at, 7), ownName);
    for (const kib of [1024, 5120, 16384]) {
      const edited = Buffer.from(object.bytes);
      edited.writeUInt32BE(kib, 12);
      refuse(edited, ownName);
    }
    for (let at = 32; at < 96; at++) {
      refuse(edit(object.bytes, at, (object.bytes[at] ?? 0) ^ 0xff), { kind });
    }
  });

  it('is refused with a byte changed in any nonce, ciphertext or tag', () => {
    const opener = new ObjectOpener(vault.open, object.bytes, ownName, TOTAL);
    const accepted: string[] = [];
    for (const [i, own] of segments(object).entries()) {
      const nonce = Array.from({ length: 12 }, (_, at) => at);
      const body = [12, 13, own.length >> 1, own.length - 18, own.length - 17];
      const tag = Array.from({ length: 16 }, (_, at) => own.length - 16 + at);
      for (const at of [...nonce, ...body, ...tag]) {
        const edited = edit(own, at, (own[at] ?? 0) ^ (1 << (at % 8)));
        const code = failureCode(() => opener.openSegment(i, edited));
        if (code !== 'object/segment') accepted.push(`segment ${i} byte ${at}: ${code}`);
      }
      expect(failureCode(() => opener.openSegment(i, own))).toBe('none');
    }
    expect(accepted).toEqual([]);
    for (const start of BOUNDARIES) {
      for (const at of [start, start + 12, Math.min(start + STRIDE, TOTAL) - 1]) {
        expect(open(edit(object.bytes, at, (object.bytes[at] ?? 0) ^ 1))).toBe('object/segment');
      }
    }
  });

  it('is refused in the segment that changed, and read in the others', () => {
    const edited = edit(object.bytes, 96 + STRIDE + 20, 1 + (object.bytes[96 + STRIDE + 20] ?? 0));
    const opener = new ObjectOpener(vault.open, edited, ownName, TOTAL);
    const part = (i: number) => edited.subarray(96 + i * STRIDE, 96 + (i + 1) * STRIDE);
    const codes = [0, 1, 2].map((i) => failureCode(() => opener.openSegment(i, part(i))));
    expect(codes).toEqual(['none', 'object/segment', 'none']);
  });

  it('is refused cut anywhere in the header, at a boundary, or within a segment', () => {
    const cuts = [...Array.from({ length: 97 }, (_, i) => i), TOTAL - 1, TOTAL - LAST];
    for (const start of BOUNDARIES) {
      cuts.push(start, start + 1, start + 11, start + 12, start + 27, start + 28, start + 29);
      cuts.push(start - 1, start + LAST + 27);
    }
    for (const length of cuts) {
      const code = isImpossible(length) ? 'object/truncated' : 'object/segment';
      expect([length, open(object.bytes.subarray(0, length))]).toEqual([length, code]);
    }
    for (const boundary of BOUNDARIES) {
      expect(open(object.bytes.subarray(0, boundary))).toBe('object/truncated');
    }
  });

  it('is refused without its last, empty segment, and with one more', () => {
    const even = sealed(2 * SEGMENT, 'even');
    const expected = { kind, name: even.name };
    const empty = even.bytes.subarray(-28);
    expect(open(even.bytes, expected)).toBe('none');
    expect(open(even.bytes.subarray(0, -28), expected)).toBe('object/truncated');
    expect(open(concatBytes([even.bytes, empty]), expected)).toBe('object/segment');
    expect(open(concatBytes([object.bytes, empty]))).toBe('object/segment');
  });

  it('is refused extended by bytes or by segments', () => {
    const additions = [1, 2, 27, 28, 100, STRIDE - LAST - 28, STRIDE - LAST - 1, STRIDE].map(
      (length) => new Uint8Array(length),
    );
    for (const addition of [...additions, ...segments(object), ...segments(other)]) {
      const length = TOTAL + addition.length;
      const code = isImpossible(length) ? 'object/truncated' : 'object/segment';
      expect([length, open(concatBytes([object.bytes, addition]))]).toEqual([length, code]);
    }
  });

  it('is refused with segments swapped, repeated, dropped or moved', () => {
    const [a, b, c] = [segment(object, 0), segment(object, 1), segment(object, 2)];
    const orders = [[b, a, c], [a, a, c], [b, b, c], [a, c], [b, c], [c], [a, b, a, c], [c, a, b]];
    for (const order of orders) {
      const bytes = concatBytes([header(object), ...order]);
      expect(isImpossible(bytes.length)).toBe(false);
      expect(open(bytes)).toBe('object/segment');
    }
    expect(open(concatBytes([header(object), a, b]))).toBe('object/truncated');
    expect(open(concatBytes([header(object), a]))).toBe('object/truncated');
  });

  it('is refused with a segment, or all of them, of another object under the same keys', () => {
    const own = segments(object);
    segments(other).forEach((foreign, i) => {
      const spliced = own.with(i, foreign);
      expect(open(concatBytes([header(object), ...spliced]))).toBe('object/segment');
    });
    const body = other.bytes.subarray(96);
    expect(open(concatBytes([header(object), body]))).toBe('object/segment');
    const swapped = concatBytes([header(other), object.bytes.subarray(96)]);
    expect(open(swapped, { kind, name: other.name })).toBe('object/segment');
  });

  it('is refused under another name, and as another kind', () => {
    expect(open(other.bytes)).toBe('object/name');
    const renamed = Uint8Array.from(other.bytes);
    renamed.set(object.bytes.subarray(32, 48), 32);
    expect(open(renamed)).toBe('object/commitment');
    for (const [, kind2] of KINDS.filter(([, known]) => known !== kind)) {
      expect(open(object.bytes, { ...ownName, kind: kind2 })).toBe('object/kind');
      const swapped = sealSegments(vault, kind2, object.plain);
      expect(open(swapped.bytes, { kind, name: swapped.name })).toBe('object/kind');
    }
  });

  it('is refused from another vault, and under another or an unknown key', () => {
    const salt = object.bytes.subarray(32, 64);
    const otherVault = { ...vault.seal, vaultId: testVault('else', suite).seal.vaultId };
    const otherKey = { ...vault.seal, epochKey: Secret.random(32, vault.seal.random) };
    const otherEpoch = { ...vault.seal, epoch: 2 };
    const seal = (context: typeof otherKey) => sealObject(context, kind, object.plain, salt).bytes;
    expect(open(seal(vault.seal))).toBe('none');
    expect(open(seal(otherVault))).toBe('object/commitment');
    expect(open(seal(otherKey))).toBe('object/commitment');
    expect(open(seal(otherEpoch))).toBe('object/epoch');
  });

  it('is refused as something else altogether', () => {
    expect(open(new Uint8Array(0))).toBe('object/truncated');
    expect(open(new Uint8Array(TOTAL))).toBe('object/header');
    expect(open(plaintext(TOTAL))).toBe('object/header');
    expect(open(concatBytes([header(object), new Uint8Array(TOTAL - 96)]))).toBe('object/segment');
    expect(open(concatBytes([Uint8Array.of(0), object.bytes]))).toBe('object/header');
  });
});

/** The bytes with one of them changed, sharing nothing with the original. */
function edit(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const edited = Uint8Array.from(bytes);
  edited[at] = value;
  return edited;
}

describe('the matrix', () => {
  it('covers every kind and both suites', () => {
    expect(matrix).toHaveLength(Object.keys(ObjectKind).length * Object.keys(Suite).length);
  });
});
