import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  openCiphertext,
  readCiphertext,
  sealCiphertext,
} from '../../../../src/servers/kms/crypto/ciphertext.ts';
import type { EncryptionContext } from '../../../../src/servers/kms/crypto/encryption-context.ts';

const KEY_ID = '01234567-89ab-4cde-8f01-23456789abcd';
const material = Buffer.alloc(32, 0x5a);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 4096 });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const context = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 5 })
  .map((pairs): EncryptionContext => new Map(pairs));

function seal(plaintext: Uint8Array, bound: EncryptionContext, random = randomBytes): Buffer {
  const options = { keyId: KEY_ID, keyVersion: 3, material, context: bound, random };
  return sealCiphertext(plaintext, options);
}

function open(blob: Uint8Array, bound: EncryptionContext, key = material): Buffer | undefined {
  const ciphertext = readCiphertext(blob);
  return ciphertext && openCiphertext(ciphertext, key, bound);
}

describe('a ciphertext', () => {
  it('opens to what was sealed, with any message and any context', () => {
    fc.assert(
      fc.property(bytes, context, (plaintext, bound) => {
        const blob = seal(plaintext, bound);
        expect(blob.length).toBe(plaintext.length + 73);
        expect(open(blob, bound)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('does not open with another context', () => {
    fc.assert(
      fc.property(context, context, (bound, other) => {
        fc.pre(!isDeepStrictEqual(bound, other));
        expect(open(seal(Buffer.from('message'), bound), other)).toBeUndefined();
      }),
    );
  });

  it('does not open when any bit of it is flipped, nor when any part is cut off or added', () => {
    const bound = new Map([['a', 'b']]);
    const blob = seal(Buffer.from('a message'), bound);
    for (let bit = 0; bit < 8 * blob.length; bit++) {
      const flipped = Buffer.from(blob);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(open(flipped, bound)).toBeUndefined();
    }
    for (let length = 0; length < blob.length; length++) {
      expect(open(blob.subarray(0, length), bound)).toBeUndefined();
    }
    expect(open(Buffer.concat([blob, Buffer.alloc(1)]), bound)).toBeUndefined();
  });

  it('does not open with the material of another version', () => {
    const blob = seal(Buffer.from('a message'), new Map());
    expect(open(blob, new Map(), Buffer.alloc(32, 0x5b))).toBeUndefined();
  });

  it('names its key and the version, before anything is verified', () => {
    const ciphertext = readCiphertext(seal(Buffer.from('x'), new Map()));
    expect(ciphertext).toMatchObject({ keyId: KEY_ID, keyVersion: 3 });
  });

  it('is nothing for garbage of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        expect(open(garbage, new Map())).toBeUndefined();
      }),
    );
  });

  it('is never the same twice', () => {
    const blobs = Array.from({ length: 100 }, () => seal(Buffer.from('x'), new Map()));
    expect(new Set(blobs.map((blob) => blob.toString('hex'))).size).toBe(100);
  });

  it('is what its layout says, worked out anew from HMAC and AES', () => {
    const salt = Buffer.alloc(32, 9);
    const blob = seal(Buffer.from('hello'), new Map([['k', 'v']]), () => salt);
    const header = `${Buffer.from('cKMS').toString('hex')}01${KEY_ID.replaceAll('-', '')}00000003`;
    expect(blob.subarray(0, 57).toString('hex')).toBe(header + salt.toString('hex'));
    // HKDF (RFC 5869) by hand.
    const extracted = createHmac('sha256', salt).update(material).digest();
    const label = Buffer.from('cybs3 kms ciphertext 1');
    const first = createHmac('sha256', extracted).update(label).update('\x01').digest();
    const next = createHmac('sha256', extracted).update(first).update(label).update('\x02');
    const decipher = createDecipheriv('aes-256-gcm', first, next.digest().subarray(0, 12));
    const bound = Buffer.from('00000001' + '00000001' + '6b' + '00000001' + '76', 'hex');
    decipher.setAAD(Buffer.concat([blob.subarray(0, 57), bound]));
    decipher.setAuthTag(blob.subarray(-16));
    const opened = decipher.update(blob.subarray(57, -16)).toString() + decipher.final('utf8');
    expect(opened).toBe('hello');
  });
});
