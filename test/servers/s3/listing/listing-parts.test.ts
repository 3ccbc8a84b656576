import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeContinuationToken,
  encodeContinuationToken,
} from '../../../../src/servers/s3/listing/continuation-token.ts';
import { behindAll, commonPrefixOf } from '../../../../src/servers/s3/listing/grouping.ts';
import { encodeListedKey } from '../../../../src/servers/s3/listing/encode-listed-key.ts';

const keys = fc.string({ unit: 'grapheme', maxLength: 60 });

describe('a continuation token', () => {
  it('leads back to any key', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(decodeContinuationToken(encodeContinuationToken(key))).toBe(key);
      }),
    );
  });

  it('fits the longest key there is', () => {
    const key = 'ü'.repeat(512);
    expect(decodeContinuationToken(encodeContinuationToken(key))).toBe(key);
  });

  it('is refused where it was cut, at every length', () => {
    const token = encodeContinuationToken('photos/2024/a.jpg');
    for (let length = 0; length < token.length; length++) {
      expect(() => decodeContinuationToken(token.slice(0, length))).toThrow('token provided');
    }
  });

  it('is refused where any character is another', () => {
    const token = encodeContinuationToken('photos/2024/a.jpg');
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect(() => decodeContinuationToken(changed)).toThrow('token provided');
    }
  });

  it('is refused where it was made up', () => {
    fc.assert(
      fc.property(fc.oneof(keys, fc.base64String()), (text) => {
        expect(() => decodeContinuationToken(text)).toThrow('token provided');
      }),
    );
    expect(() => decodeContinuationToken('A'.repeat(100_000))).toThrow('token provided');
  });
});

describe('keys in listings with encoding-type=url', () => {
  it('come back from what decodes percents, whether or not it takes a plus for a space', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const encoded = encodeListedKey(key);
        expect(encoded).toMatch(/^[A-Za-z0-9_.~/*%-]*$/);
        expect(decodeURIComponent(encoded)).toBe(key);
        expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(key);
      }),
    );
  });

  it('keep slashes and encode the rest', () => {
    expect(encodeListedKey("a/b c+d&é'(1)!\u0001")).toBe('a/b%20c%2Bd%26%C3%A9%27%281%29%21%01');
  });
});

describe('common prefixes', () => {
  it('end with the first delimiter after the prefix', () => {
    const of = (key: string, prefix: string, delimiter: string) =>
      commonPrefixOf(key, { prefix, delimiter });
    expect(of('a/b/c', '', '/')).toBe('a/');
    expect(of('a/b/c', 'a/', '/')).toBe('a/b/');
    expect(of('a/b', 'a/', '/')).toBeUndefined();
    expect(of('a--b--c', 'a', '--')).toBe('a--');
    expect(of('a/b', '', '')).toBeUndefined();
    expect(of('/a', '', '/')).toBe('/');
    expect(of('a/b', 'b', '/')).toBeUndefined();
  });

  it('are passed by bytes that come after all keys in them and before all others', () => {
    const starts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(starts, keys, (start, rest) => {
        const past = behindAll(start);
        expect(Buffer.compare(Buffer.from(start + rest), past)).toBeLessThan(0);
        const key = Buffer.from(rest);
        const isBehind = Buffer.compare(key, Buffer.from(start)) > 0 && !rest.startsWith(start);
        if (isBehind) expect(Buffer.compare(key, past)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
