import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectKind, Suite } from '../../../src/crypto/sealed/header.ts';
import { ObjectOpener, openObject, openObjectInPlace } from '../../../src/crypto/sealed/open.ts';
import { sealObject } from '../../../src/crypto/sealed/seal.ts';
import { segmentSpan } from '../../../src/crypto/sealed/sizes.ts';
import { failureCode, failureOf } from '../failure-code.ts';
import { SEGMENT, STRIDE, SUITES, plaintext, sealSegments, testVault } from './fixture.ts';

describe.each(SUITES)('random access under %s', (_, suite) => {
  const vault = testVault('open', suite);
  const kind = ObjectKind.dataPack;
  const object = sealSegments(vault, kind, plaintext(4 * SEGMENT + 123));
  const opener = new ObjectOpener(vault.open, object.bytes, { kind }, object.bytes.length);
  const span = (first: number, count: number) =>
    object.bytes.subarray(96 + first * STRIDE, 96 + (first + count) * STRIDE);

  it('knows the sizes from the header and the length alone', () => {
    expect(opener).toMatchObject({ plainBytes: object.plain.length, segments: 5 });
    expect(opener.header).toMatchObject({ suite, kind, epoch: 1, segmentBytes: SEGMENT });
  });

  it('gives any range of the plaintext, as the whole does', () => {
    const whole = openObject(vault.open, object.bytes, { kind, name: object.name });
    expect(Buffer.compare(whole, object.plain)).toBe(0);
    const anyOffset = fc.nat(object.plain.length);
    fc.assert(
      fc.property(anyOffset, anyOffset, (a, b) => {
        const range = { from: Math.min(a, b), to: Math.max(a, b) };
        const { firstSegment, offset, length } = segmentSpan(range, SEGMENT, object.bytes.length);
        const sealed = object.bytes.subarray(offset, offset + length);
        const plain = opener.openRange(firstSegment, sealed);
        const start = range.from - firstSegment * SEGMENT;
        const part = plain.subarray(start, start + range.to - range.from);
        expect(Buffer.compare(part, whole.subarray(range.from, range.to))).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('gives each segment, in any order, in buffers of their own', () => {
    for (const index of [4, 2, 0, 3, 1, 2]) {
      const plain = opener.openSegment(index, span(index, 1));
      const expected = object.plain.subarray(index * SEGMENT, (index + 1) * SEGMENT);
      expect(Buffer.compare(plain, expected)).toBe(0);
      plain.fill(0);
    }
    expect(
      Buffer.compare(opener.openRange(1, span(1, 2)), object.plain.subarray(SEGMENT, 3 * SEGMENT)),
    ).toBe(0);
  });

  it('opens where it lies, and leaves nothing of what is refused', () => {
    for (const plainBytes of [0, 99, SEGMENT, 2 * SEGMENT - 1, 2 * SEGMENT + 99]) {
      const { bytes, plain } = sealSegments(vault, kind, plaintext(plainBytes));
      const own = Uint8Array.from(bytes);
      const opened = openObjectInPlace(vault.open, own, { kind });
      expect(Buffer.compare(opened, plain)).toBe(0);
      expect(opened.buffer).toBe(own.buffer);
      const damaged = Uint8Array.from(bytes);
      damaged[damaged.length - 17] = (damaged[damaged.length - 17] ?? 0) ^ 1;
      const code = failureCode(() => openObjectInPlace(vault.open, damaged, { kind }));
      expect(code).toBe('object/segment');
      const last = 96 + Math.floor(plainBytes / SEGMENT) * SEGMENT;
      const left = damaged.subarray(last, last + (plainBytes % SEGMENT));
      expect(left.every((byte) => byte === 0)).toBe(true);
      const shorter = bytes.slice(0, -1);
      expect(() => openObjectInPlace(vault.open, shorter, { kind })).toThrow();
    }
  });

  it('opens out of shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(object.bytes.length));
    shared.set(object.bytes);
    const plain = openObject(vault.open, shared, { kind });
    expect(Buffer.compare(plain, object.plain)).toBe(0);
    expect(plain.buffer).not.toBe(shared.buffer);
  });

  it('refuses a segment at any other place than its own', () => {
    for (let at = 0; at < 4; at++) {
      for (let from = 0; from < 4; from++) {
        const code = failureCode(() => opener.openSegment(at, span(from, 1)));
        expect(code).toBe(at === from ? 'none' : 'object/segment');
      }
    }
    expect(failureCode(() => opener.openRange(1, span(0, 2)))).toBe('object/segment');
  });

  it('refuses a range that came back short, long or empty', () => {
    const lengths = [
      0,
      1,
      27,
      28,
      STRIDE - 1,
      STRIDE + 1,
      STRIDE + 27,
      STRIDE + 28,
      2 * STRIDE - 1,
    ];
    for (const length of lengths) {
      const sealed = object.bytes.subarray(96, 96 + length);
      expect(failureCode(() => opener.openRange(0, sealed))).toBe('object/truncated');
    }
    const beyond = Buffer.concat([span(3, 2), span(0, 1)]);
    expect(failureCode(() => opener.openRange(3, beyond))).toBe('object/truncated');
    expect(failureCode(() => opener.openSegment(4, span(0, 1)))).toBe('object/truncated');
    expect(failureCode(() => opener.openSegment(0, span(4, 1)))).toBe('object/truncated');
  });

  it('refuses what came beyond the end of a last segment that is all but full', () => {
    const near = sealSegments(vault, kind, plaintext(2 * SEGMENT - 1));
    const atEnd = new ObjectOpener(vault.open, near.bytes, { kind }, near.bytes.length);
    const last = near.bytes.subarray(96 + STRIDE);
    expect(failureCode(() => atEnd.openRange(1, last))).toBe('none');
    for (const more of [1, 2, 27, 28, 29, STRIDE]) {
      const sealed = Buffer.concat([last, new Uint8Array(more)]);
      expect(failureCode(() => atEnd.openRange(1, sealed))).toBe('object/truncated');
    }
  });

  it('has no segments outside of the object', () => {
    expect(() => opener.openSegment(5, span(0, 1))).toThrow('no such segment');
    expect(() => opener.openSegment(-1, span(0, 1))).toThrow('no such segment');
  });
});

describe('an opener', () => {
  const vault = testVault('opener', Suite.aes256gcm);
  const kind = ObjectKind.snapshot;
  const { name, bytes } = sealObject(vault.seal, kind, plaintext(99));

  it('opens nothing once it is disposed of', () => {
    const opener = new ObjectOpener(vault.open, bytes, { kind, name }, bytes.length);
    opener[Symbol.dispose]();
    expect(failureCode(() => opener.openSegment(0, bytes.subarray(96)))).toBe('object/segment');
  });

  it('says which object is damaged, and no secret', () => {
    const damaged = bytes.with(100, (bytes[100] ?? 0) ^ 1);
    const failure = failureOf(() => openObject(vault.open, damaged, { kind, name }));
    expect(failure?.message).toBe(`object ${name} is damaged: segment 0 is not what was written`);
    expect(failure?.cause).toBeUndefined();
  });

  it('needs the key of the epoch in the header, and that one only', () => {
    const asked: number[] = [];
    const open = {
      ...vault.open,
      epochKey: (epoch: number) => {
        asked.push(epoch);
        return vault.open.epochKey(epoch);
      },
    };
    openObject(open, bytes, { kind, name });
    expect(asked).toEqual([1]);
  });
});
