import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KiB, MiB } from '../../../src/base/units.ts';
import {
  HEADER_BYTES,
  ObjectKind,
  Suite,
  decodeHeader,
  encodeHeader,
  objectName,
} from '../../../src/crypto/sealed/header.ts';
import type { ObjectHeader } from '../../../src/crypto/sealed/header.ts';
import { failureCode } from '../failure-code.ts';
import { pattern } from '../read-vectors.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyHeader: fc.Arbitrary<ObjectHeader> = fc.record({
  suite: fc.constantFrom(...Object.values(Suite)),
  kind: fc.constantFrom(...Object.values(ObjectKind)),
  epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  segmentBytes: fc.constantFrom(256 * KiB, MiB, 5 * MiB, 16 * MiB),
  salt: bytes32,
  commitment: bytes32,
});
const HEADER: ObjectHeader = {
  suite: Suite.aes256gcm,
  kind: ObjectKind.snapshot,
  epoch: 0x01020304,
  segmentBytes: 5 * MiB,
  salt: pattern(32),
  commitment: pattern(32).fill(0xcc),
};

describe('the header', () => {
  it('lies in its 96 bytes as the specification says', () => {
    const expected =
      '4359425333' +
      '01' +
      '01' +
      '04' +
      '01020304' +
      '00001400' +
      '00'.repeat(16) +
      '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f' +
      'cc'.repeat(32);
    expect(Buffer.from(encodeHeader(HEADER)).toString('hex')).toBe(expected);
    expect(objectName(HEADER.salt)).toBe('000102030405060708090a0b0c0d0e0f');
  });

  it('decodes to what was encoded, whatever follows it', () => {
    fc.assert(
      fc.property(anyHeader, fc.uint8Array(), (header, rest) => {
        expect(decodeHeader(Buffer.concat([encodeHeader(header), rest]))).toEqual(header);
      }),
    );
  });

  it('gives salt and commitment as copies', () => {
    const bytes = encodeHeader(HEADER);
    const decoded = decodeHeader(bytes);
    bytes.fill(0);
    expect(decoded).toEqual(HEADER);
  });

  it('is refused as truncated at every length below 96', () => {
    const bytes = encodeHeader(HEADER);
    for (let length = 0; length < HEADER_BYTES; length++) {
      expect(failureCode(() => decodeHeader(bytes.subarray(0, length)))).toBe('object/truncated');
    }
  });

  it('is refused with any other byte in magic, version or the reserved part', () => {
    const bytes = encodeHeader(HEADER);
    for (const at of [0, 1, 2, 3, 4, 5, ...Array.from({ length: 16 }, (_, i) => 16 + i)]) {
      for (let byte = 0; byte < 256; byte++) {
        if (byte === bytes[at]) continue;
        expect(failureCode(() => decodeHeader(bytes.with(at, byte)))).toBe('object/header');
      }
    }
  });

  it('is refused with any unknown suite or kind', () => {
    const bytes = encodeHeader(HEADER);
    for (let byte = 0; byte < 256; byte++) {
      const suite = failureCode(() => decodeHeader(bytes.with(6, byte)));
      const kind = failureCode(() => decodeHeader(bytes.with(7, byte)));
      expect(suite).toBe(byte === 1 || byte === 2 ? 'none' : 'object/header');
      expect(kind).toBe(byte >= 1 && byte <= 7 ? 'none' : 'object/header');
    }
  });

  it('is refused with any but the four segment sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (kib) => {
        const bytes = Buffer.from(encodeHeader(HEADER));
        bytes.writeUInt32BE(kib, 12);
        const isKnown = [256, 1024, 5120, 16384].includes(kib);
        expect(failureCode(() => decodeHeader(bytes))).toBe(isKnown ? 'none' : 'object/header');
      }),
      { examples: [[0], [255], [257], [512], [16384], [65536]] },
    );
  });

  it('is not written with a salt, commitment or segment size that nobody could read', () => {
    expect(() => encodeHeader({ ...HEADER, salt: new Uint8Array(31) })).toThrow('salt');
    expect(() => encodeHeader({ ...HEADER, commitment: new Uint8Array(33) })).toThrow('commitment');
    expect(() => encodeHeader({ ...HEADER, segmentBytes: 512 * KiB })).toThrow('segment size');
  });
});
