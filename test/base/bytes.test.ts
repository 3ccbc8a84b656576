import { fc, test } from './property.ts';
import { describe, expect, it } from 'vitest';
import {
  ByteReader,
  ByteWriter,
  fromHex,
  isAllZero,
  toHex,
  tryUtf8,
} from '../../src/base/bytes.ts';

const natural = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe('binary layouts', () => {
  test('what is written is read back, and nothing is left over', [natural, natural], (a, b) => {
    const out = new ByteWriter(4);
    out.varint(a);
    out.u64(b);
    out.signed(-Math.floor(a / 4));
    out.signed(Math.floor(b / 4));
    out.blob(Buffer.from('name'));
    const reader = new ByteReader(out.bytes(), 'a test');
    expect(reader.varint()).toBe(a);
    expect(reader.u64()).toBe(b);
    expect(reader.signed()).toBe(-Math.floor(a / 4) || 0);
    expect(reader.signed()).toBe(Math.floor(b / 4));
    expect(reader.blob(10).toString()).toBe('name');
    reader.end();
  });

  test('bytes of any length are copied whole', [fc.uint8Array({ maxLength: 200 })], (bytes) => {
    const out = new ByteWriter(4);
    out.raw(bytes);
    out.rawFrom(bytes, Math.floor(bytes.length / 2));
    const reader = new ByteReader(out.bytes(), 'a test');
    const copy = new Uint8Array(bytes.length + 3);
    reader.copyTo(copy, 3, bytes.length);
    expect(copy.subarray(3)).toEqual(bytes);
    expect(new Uint8Array(reader.raw(reader.left))).toEqual(
      bytes.subarray(Math.floor(bytes.length / 2)),
    );
  });

  test('numbers of 64 bits keep every one of them', [fc.bigInt(0n, 2n ** 64n - 1n)], (value) => {
    const out = new ByteWriter(4);
    out.bigU64(value);
    expect(Buffer.from(out.view()).readBigUInt64BE(0)).toBe(value);
    expect(new ByteReader(out.bytes(), 'a test').bigU64()).toBe(value);
  });

  it('bytes are skipped only where they are what follows', () => {
    const reader = new ByteReader(Buffer.from('abc'), 'a test');
    expect(reader.skipIfNext(Buffer.from('ac'))).toBe(false);
    expect(reader.skipIfNext(Buffer.from('ab'))).toBe(true);
    expect(reader.skipIfNext(Buffer.from('cd'))).toBe(false);
    expect(reader.skipIfNext(Buffer.from('c'))).toBe(true);
    reader.end();
    expect(() => reader.copyTo(new Uint8Array(9), 0, 1)).toThrow('ends early');
  });

  it('a layout that ends early, goes on, or has a number beyond 2^53 is refused', () => {
    const bytes = (...list: number[]) => new ByteReader(Uint8Array.from(list), 'a test');
    expect(() => bytes(0x80).varint()).toThrow('ends early');
    expect(() => bytes(1, 2).u32()).toThrow('ends early');
    expect(() => bytes(...Array<number>(9).fill(0xff)).varint()).toThrow('too long');
    expect(() => bytes(0xff, 0, 0, 0, 0, 0, 0, 0).u64()).toThrow('too big');
    expect(() => bytes(5, 1, 2, 3, 4, 5).blob(4)).toThrow('too long');
    expect(() => bytes(0).end()).toThrow('follow its end');
  });
});

describe('hex and text', () => {
  test('hex of bytes gives the bytes', [fc.uint8Array()], (bytes) => {
    expect(fromHex(toHex(bytes))).toEqual(bytes);
  });

  it('what is no hex, or of another length, is none', () => {
    expect(fromHex('0')).toBeUndefined();
    expect(fromHex('zz')).toBeUndefined();
    expect(fromHex('00', 2)).toBeUndefined();
  });

  it('bytes that are not UTF-8 are no text', () => {
    expect(tryUtf8(Uint8Array.of(0xff))).toBeUndefined();
    expect(tryUtf8(Buffer.from('é'))).toBe('é');
  });
});

describe('zeros', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])(
    'are all that %i bytes are, or not',
    (length) => {
      const bytes = new Uint8Array(length);
      expect(isAllZero(bytes)).toBe(true);
      for (const at of [0, 65_535, 65_536, length - 1].filter((one) => one >= 0 && one < length)) {
        expect(isAllZero(bytes.with(at, 1))).toBe(false);
      }
    },
  );
});
