import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KiB, MiB } from '../../../src/base/units.ts';
import { ObjectKind, Suite, decodeHeader, objectName } from '../../../src/crypto/sealed/header.ts';
import { openObject } from '../../../src/crypto/sealed/open.ts';
import { ObjectSealer, asSealedBytes, sealObject } from '../../../src/crypto/sealed/seal.ts';
import { sealedBytes, segmentBytesFor } from '../../../src/crypto/sealed/sizes.ts';
import { failureCode } from '../failure-code.ts';
import { KINDS, SEGMENT, STRIDE, SUITES, plaintext, sealSegments, testVault } from './fixture.ts';

const anySuite = fc.constantFrom(Suite.aes256gcm, Suite.chacha20poly1305);
const anyKind = fc.constantFrom(...Object.values(ObjectKind));
const anyLength = fc.oneof(
  fc.nat(2000),
  fc
    .tuple(fc.nat(4), fc.integer({ min: -2, max: 2 }))
    .map(([n, d]) => Math.max(0, n * SEGMENT + d)),
);

describe('a sealed object', () => {
  it('opens to what was sealed, is as long as computed, and is new each time', () => {
    fc.assert(
      fc.property(anySuite, anyKind, anyLength, (suite, kind, length) => {
        const vault = testVault('round trip', suite);
        const plain = plaintext(length);
        const first = sealObject(vault.seal, kind, plain);
        const second = sealObject(vault.seal, kind, plain);
        expect(first.bytes.length).toBe(sealedBytes(length, segmentBytesFor(length)));
        const opened = openObject(vault.open, first.bytes, { kind, name: first.name });
        expect(Buffer.compare(opened, plain)).toBe(0);
        expect(second.name).not.toBe(first.name);
        if (length > 16) {
          expect(Buffer.from(second.bytes).includes(Buffer.from(first.bytes.subarray(-16)))).toBe(
            false,
          );
          expect(Buffer.from(first.bytes).includes(Buffer.from(plain.subarray(0, 16)))).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([10 * MiB - 1, 10 * MiB])('of %i bytes is cut into the segments for that', (length) => {
    const vault = testVault('large', Suite.aes256gcm);
    const plain = plaintext(length);
    const { bytes, name } = sealObject(vault.seal, ObjectKind.index, plain);
    expect(decodeHeader(bytes).segmentBytes).toBe(length < 10 * MiB ? 256 * KiB : MiB);
    const opened = openObject(vault.open, bytes, { kind: ObjectKind.index, name });
    expect(Buffer.compare(opened, plain)).toBe(0);
  });

  it.each(SUITES)('is the same sealed in pieces, into shared memory, or whole (%s)', (_, suite) => {
    const { seal } = testVault('same', suite);
    const salt = new Uint8Array(32).fill(9);
    const plain = plaintext(3 * SEGMENT + 77);
    const whole = sealObject(seal, ObjectKind.metaPack, plain, salt);
    const sealer = new ObjectSealer(seal, ObjectKind.metaPack, SEGMENT, salt);
    const shared = new Uint8Array(new SharedArrayBuffer(whole.bytes.length + 3));
    shared.set(sealer.header, 3);
    let at = 99;
    for (let i = 0; i < 4; i++) {
      const input = new Uint8Array(new SharedArrayBuffer(SEGMENT));
      const segment = plain.subarray(i * SEGMENT, (i + 1) * SEGMENT);
      input.set(segment);
      at += sealer.sealSegment(input.subarray(0, segment.length), i === 3, shared, at);
    }
    expect(at).toBe(shared.length);
    expect(Buffer.compare(shared.subarray(3), whole.bytes)).toBe(0);
    expect(sealer.name).toBe(whole.name);
  });

  it.each(KINDS)('of kind %s carries what the context says in its header', (_, kind) => {
    const { seal } = testVault('header', Suite.chacha20poly1305);
    const { name, bytes } = sealObject({ ...seal, epoch: 77 }, kind, new Uint8Array(5));
    const header = decodeHeader(bytes);
    expect(header).toMatchObject({ suite: 2, kind, epoch: 77, segmentBytes: 256 * KiB });
    expect(name).toBe(objectName(header.salt));
  });

  it('has another key, name and commitment for every salt', () => {
    const vault = testVault('salts', Suite.aes256gcm);
    const [a, b] = [0, 1].map((byte) => {
      const salt = new Uint8Array(32).with(31, byte);
      return sealObject(vault.seal, ObjectKind.gc, new Uint8Array(40), salt).bytes;
    });
    const halves = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex', 64);
    expect(halves(a)).not.toBe(halves(b));
  });
});

describe('the sealer', () => {
  const { seal } = testVault('sealer', Suite.aes256gcm);
  const newSealer = () => new ObjectSealer(seal, ObjectKind.dataPack, SEGMENT);
  const full = plaintext(SEGMENT);
  const out = new Uint8Array(3 * STRIDE);

  it('refuses segments that are not full, and last ones that are', () => {
    expect(() => newSealer().sealSegment(full.subarray(1), false, out, 0)).toThrow('full');
    expect(() => newSealer().sealSegment(full, true, out, 0)).toThrow('full');
    expect(() => newSealer().sealSegment(plaintext(SEGMENT + 1), false, out, 0)).toThrow('full');
  });

  it('refuses to go on after the last', () => {
    const sealer = newSealer();
    expect(sealer.sealSegment(full, false, out, 0)).toBe(STRIDE);
    expect(sealer.sealSegment(new Uint8Array(0), true, out, STRIDE)).toBe(28);
    expect(() => sealer.sealSegment(full, false, out, 0)).toThrow('already sealed');
    expect(() => sealer.sealSegment(new Uint8Array(0), true, out, 0)).toThrow('already sealed');
  });

  it('refuses to go on once it was given up', () => {
    const sealer = newSealer();
    sealer[Symbol.dispose]();
    expect(() => sealer.sealSegment(full, false, out, 0)).toThrow('already sealed');
  });

  it('refuses to write where there is no room, or over its input', () => {
    const at = out.length - STRIDE + 1;
    expect(() => newSealer().sealSegment(full, false, out, at)).toThrow('no room');
    expect(() => newSealer().sealSegment(full, false, out, -1)).toThrow('no room');
    const own = out.subarray(12, 12 + SEGMENT);
    expect(() => newSealer().sealSegment(own, false, out, 0)).toThrow('in place');
    expect(newSealer().sealSegment(out.subarray(0, SEGMENT), false, out, SEGMENT)).toBe(STRIDE);
  });

  it('refuses another segment size, salt or epoch key than the format has', () => {
    const sealerOf = (segmentBytes: number, salt?: Uint8Array) => () =>
      new ObjectSealer(seal, ObjectKind.dataPack, segmentBytes, salt);
    expect(sealerOf(512 * KiB)).toThrow('segment size');
    expect(sealerOf(SEGMENT, new Uint8Array(16))).toThrow('salt');
  });

  it('seals under the header it made, even where its copy of that was changed', () => {
    const salt = new Uint8Array(32).fill(5);
    const [first, second] = [0, 1].map((change) => {
      const sealer = new ObjectSealer(seal, ObjectKind.dataPack, SEGMENT, salt);
      sealer.header[8] = change;
      const sealed = new Uint8Array(STRIDE);
      sealer.sealSegment(full, false, sealed, 0);
      return sealed;
    });
    expect(Buffer.compare(first ?? full, second ?? full)).toBe(0);
  });

  it('leaves everything around the segment alone', () => {
    const around = new Uint8Array(STRIDE + 20).fill(0xaa);
    newSealer().sealSegment(full, false, around, 10);
    expect(around.subarray(0, 10)).toEqual(new Uint8Array(10).fill(0xaa));
    expect(around.subarray(-10)).toEqual(new Uint8Array(10).fill(0xaa));
  });
});

/** Memory that changes a byte by itself once the tag, the last thing written, has arrived. */
class FaultyMemory extends Uint8Array {
  faultAt = 0;
  target: Uint8Array = this;
  #writes = 0;

  override set(source: ArrayLike<number>, at?: number): void {
    super.set(source, at);
    if (++this.#writes === 2) this.target[this.faultAt] = (this.target[this.faultAt] ?? 0) ^ 0x10;
  }
}

describe('the self-check after sealing', () => {
  const sealInto = (memory: Uint8Array, plain: Uint8Array) => {
    const { seal } = testVault('self-check', Suite.aes256gcm);
    const sealer = new ObjectSealer(seal, ObjectKind.dataPack, MiB);
    return failureCode(() => sealer.sealSegment(plain, false, memory, 0));
  };

  it('is passed by memory that keeps what it is given', () => {
    expect(sealInto(new Uint8Array(MiB + 28), plaintext(MiB))).toBe('none');
  });

  it.each([
    ['the nonce', 3],
    ['the first byte', 12],
    ['a byte in the middle', 12 + 700_000],
    ['the last byte', MiB + 11],
    ['the tag', MiB + 27],
  ])('notices a bit that flips in %s', (_, faultAt) => {
    const memory = Object.assign(new FaultyMemory(MiB + 28), { faultAt });
    expect(sealInto(memory, plaintext(MiB))).toBe('self-check');
  });

  it.each([0, 700_000, MiB - 1])('notices that byte %i was read wrong', (faultAt) => {
    const plain = plaintext(MiB);
    const memory = Object.assign(new FaultyMemory(MiB + 28), { faultAt, target: plain });
    expect(sealInto(memory, plain)).toBe('self-check');
  });
});

describe('bytes that were put together by hand', () => {
  it('become storable where they are a header and segments', () => {
    const vault = testVault('by hand', Suite.aes256gcm);
    const { bytes } = sealSegments(vault, ObjectKind.dataPack, plaintext(SEGMENT + 1));
    expect(asSealedBytes(bytes)).toBe(bytes);
  });

  it('do not where they start with no header, or have an impossible length', () => {
    const vault = testVault('by hand', Suite.aes256gcm);
    const { bytes } = sealSegments(vault, ObjectKind.dataPack, plaintext(SEGMENT + 1));
    expect(() => asSealedBytes(plaintext(500))).toThrow('assertion failed');
    expect(() => asSealedBytes(bytes.subarray(0, 95))).toThrow('assertion failed');
    expect(() => asSealedBytes(bytes.subarray(0, 96 + STRIDE))).toThrow('assertion failed');
  });
});
