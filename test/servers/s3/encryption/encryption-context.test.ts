import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalContext,
  contextFor,
  parseEncryptionContext,
} from '../../../../src/servers/s3/encryption/encryption-context.ts';

const header = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('an encryption context', () => {
  it('is base64 of a JSON object of strings', () => {
    expect(parseEncryptionContext(header({ team: 'ops', 'ä b': 'ü' }))).toEqual({
      team: 'ops',
      'ä b': 'ü',
    });
  });

  it('is refused where it is anything else', () => {
    const wrong = [
      '',
      '{}',
      header([]),
      header('text'),
      header(null),
      header({ a: 1 }),
      header({ a: { b: 'c' } }),
      header({ '': 'empty name' }),
      header({ a: '' }),
      Buffer.from('{"__proto__":"x"}').toString('base64'),
      Buffer.from([0x7b, 0xff, 0x7d]).toString('base64'),
      `${header({ a: 'b' })}\n`,
      header({ a: 'x'.repeat(9000) }),
    ];
    for (const text of wrong) {
      expect(() => parseEncryptionContext(text), text.slice(0, 40)).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      );
    }
  });

  it('is refused wherever it is cut off', () => {
    const whole = header({ team: 'ops', unit: 'backup' });
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseEncryptionContext(whole.slice(0, length))).toThrow();
    }
  });

  it('names the object, and with bucket keys the bucket', () => {
    const place = { bucket: 'box', key: 'a/b c' };
    expect(contextFor(place, { team: 'ops' }, false)).toEqual({
      team: 'ops',
      'aws:s3:arn': 'arn:aws:s3:::box/a/b c',
    });
    expect(contextFor(place, {}, true)).toEqual({ 'aws:s3:arn': 'arn:aws:s3:::box' });
  });

  it('may name its own place, and no other', () => {
    const place = { bucket: 'box', key: 'a' };
    const own = { 'aws:s3:arn': 'arn:aws:s3:::box/a' };
    expect(contextFor(place, own, false)).toEqual(own);
    expect(() => contextFor(place, { 'aws:s3:arn': 'arn:aws:s3:::box/b' }, false)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });

  it('has one text whatever the order of its names, and another for another context', () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(pairs, (entries) => {
        const forth = canonicalContext(Object.fromEntries(entries));
        expect(canonicalContext(Object.fromEntries(entries.toReversed()))).toBe(forth);
        expect(canonicalContext({ ...Object.fromEntries(entries), 'one more': '' })).not.toBe(
          forth,
        );
      }),
    );
  });
});
