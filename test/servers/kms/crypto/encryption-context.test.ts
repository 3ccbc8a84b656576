import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NO_CONTEXT,
  canonicalContext,
  contextDigest,
} from '../../../../src/servers/kms/crypto/encryption-context.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const pairs = fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 8 });

describe('the canonical bytes of an encryption context', () => {
  it('are the same in whatever order the pairs come', () => {
    const shuffled = pairs.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(canonicalContext(new Map(one))).toEqual(canonicalContext(new Map(other)));
      }),
    );
  });

  it('are never the same for different contexts', () => {
    fc.assert(
      fc.property(pairs, pairs, (one, other) => {
        const [a, b] = [new Map(one), new Map(other)];
        fc.pre(!isDeepStrictEqual(a, b));
        expect(canonicalContext(a).equals(canonicalContext(b))).toBe(false);
        expect(contextDigest(a)).not.toBe(contextDigest(b));
      }),
    );
  });

  it('tell apart where a name ends and its value begins', () => {
    const bytesOf = (pair: [string, string]): string =>
      canonicalContext(new Map([pair])).toString('hex');
    expect(bytesOf(['ab', 'c'])).not.toBe(bytesOf(['a', 'bc']));
    expect(bytesOf(['', 'abc'])).not.toBe(bytesOf(['abc', '']));
  });

  it('are count, then lengths and texts, for ever', () => {
    expect(canonicalContext(NO_CONTEXT).toString('hex')).toBe('00000000');
    const context = new Map([
      ['é', '1'],
      ['b', ''],
      ['__proto__', 'x'],
    ]);
    expect(canonicalContext(context).toString('hex')).toBe(
      '00000003' +
        ('00000009' + '5f5f70726f746f5f5f' + '00000001' + '78') +
        ('00000001' + '62' + '00000000') +
        ('00000002' + 'c3a9' + '00000001' + '31'),
    );
  });
});
