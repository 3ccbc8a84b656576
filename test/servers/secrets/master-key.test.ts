import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BOX_OVERHEAD_BYTES,
  MasterKey,
  MasterKeyError,
  proveMasterKey,
} from '../../../src/servers/secrets/master-key.ts';
import { parseMasterKey } from '../../../src/servers/secrets/parse-master-key.ts';

const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => i));

describe('a box', () => {
  const key = MasterKey.of(bytes);

  test('opens under the same key and context to what was put in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (plain, context) => {
        const box = key.wrap(plain, context);
        expect(box.length).toBe(plain.length + BOX_OVERHEAD_BYTES);
        expect(key.unwrap(box, context)).toEqual(Buffer.from(plain));
        const sameKey = MasterKey.of(bytes);
        expect(sameKey.unwrap(box, context)).toEqual(Buffer.from(plain));
        expect(() => key.unwrap(box, `${context}x`)).toThrow(MasterKeyError);
      }),
    );
  });

  test('has the bytes that were written once, for all times', () => {
    const fixed = MasterKey.of(bytes, (length) => Buffer.alloc(length, 7));
    const box = fixed.wrap(Buffer.from('plain text'), 'context');
    expect(box.toString('hex')).toBe(
      '01' + '07'.repeat(32) + '858001061a9e0be9a18718233e05d2ddcb052a93d80f43566314',
    );
    expect(key.derive('label').toString('hex')).toBe(
      '59d7b6b08261f097a6a30741815596f29d8af32f99b3481c4821f058a5af9720',
    );
  });

  test('is another one each time, and does not show what is in it', () => {
    const plain = Buffer.from('a very secret data key, 32 bytes');
    const boxes = Array.from({ length: 100 }, () => key.wrap(plain, 'c').toString('latin1'));
    expect(new Set(boxes).size).toBe(100);
    expect(new Set(boxes.map((box) => box.slice(33))).size).toBe(100);
    expect(boxes.filter((box) => box.includes('secret'))).toEqual([]);
  });

  test('is refused with any byte changed, cut anywhere, or longer', () => {
    const box = key.wrap(randomBytes(32), 'context');
    for (let i = 0; i < box.length; i++) {
      const flipped = Buffer.from(box);
      flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
      expect(() => key.unwrap(flipped, 'context')).toThrow(MasterKeyError);
      expect(() => key.unwrap(box.subarray(0, i), 'context')).toThrow(MasterKeyError);
    }
    expect(() => key.unwrap(Buffer.concat([box, Buffer.of(0)]), 'context')).toThrow(MasterKeyError);
  });

  test('is refused under another key, and nobody is told why', () => {
    const box = key.wrap(randomBytes(32), 'context');
    const other = MasterKey.of(randomBytes(32));
    expect(() => other.unwrap(box, 'context')).toThrow('does not open under this master key');
  });
});

describe('a master key', () => {
  test('derives a key for each label', () => {
    const key = MasterKey.of(bytes);
    expect(key.derive('a')).toHaveLength(32);
    expect(key.derive('a')).toEqual(MasterKey.of(bytes).derive('a'));
    expect(key.derive('a')).not.toEqual(key.derive('b'));
    expect(key.derive('a')).not.toEqual(MasterKey.of(randomBytes(32)).derive('a'));
  });

  test('is of no use once it was wiped, does not print, and leaves its source alone', () => {
    const source = Buffer.from(bytes);
    const key = MasterKey.of(source);
    expect(inspect(key, { depth: 9, showHidden: true })).not.toMatch(/00 01 02|0, 1, 2/);
    expect(JSON.stringify(key)).toBe('{}');
    key[Symbol.dispose]();
    key[Symbol.dispose]();
    expect(() => key.wrap(bytes, 'c')).toThrow('after it was wiped');
    expect(source).toEqual(bytes);
    expect(() => MasterKey.of(bytes.subarray(1))).toThrow('32 bytes');
  });

  test('proves that it is the one the data was written with', () => {
    const store = new Map<string, string>();
    const proof = { get: () => store.get('p'), set: (text: string) => void store.set('p', text) };
    const key = MasterKey.of(bytes);
    proveMasterKey(proof, key);
    const first = store.get('p');
    proveMasterKey(proof, key);
    expect(store.get('p')).toBe(first);
    const wrong = expect.objectContaining({ code: 'serve/master-key' });
    expect(() => proveMasterKey(proof, MasterKey.of(randomBytes(32)))).toThrow(wrong);
    expect(store.get('p')).toBe(first);
    for (const text of ['', 'x', first?.slice(4) ?? '']) {
      store.set('p', text);
      expect(() => proveMasterKey(proof, key)).toThrow(wrong);
    }
  });
});

describe('a master key as people keep it', () => {
  test('is 32 bytes, or hex or base64 of them, with a line end or without', () => {
    const base64 = bytes.toString('base64');
    const texts = [
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      base64,
      base64.replace('=', ''),
      bytes.toString('base64url'),
    ];
    for (const text of texts) {
      for (const end of ['', '\n', '\r\n']) {
        expect(parseMasterKey(Buffer.from(text + end))).toEqual(bytes);
      }
    }
    const raw = parseMasterKey(bytes);
    expect(raw).toEqual(bytes);
    raw.fill(0);
    expect(bytes[1]).toBe(1);
  });

  test('is nothing else', () => {
    const hex = bytes.toString('hex');
    const base64 = bytes.toString('base64');
    const wrong = [
      '',
      '\n',
      hex.slice(1),
      `${hex}0`,
      `${hex}\n\n`,
      ` ${hex}`,
      hex.replace('0', 'g'),
      base64.slice(1),
      `${base64}=`,
      `A${base64}`,
      base64.replace('8=', '9='),
      'x'.repeat(31),
      'x'.repeat(33),
      'x'.repeat(100_000),
    ];
    const failure = expect.objectContaining({ code: 'serve/master-key' });
    for (const text of wrong) {
      expect(() => parseMasterKey(Buffer.from(text)), JSON.stringify(text.slice(0, 80))).toThrow(
        failure,
      );
    }
    // Its own bytes are never in what is said about it.
    expect(() => parseMasterKey(Buffer.from('hunter2'))).not.toThrow('hunter2');
  });
});
