import { describe, expect, it } from 'vitest';
import { MAC_ALGORITHMS, isSameMac, makeMac } from '../../../../src/servers/kms/crypto/mac.ts';

/** RFC 4231, test case 2: key "Jefe". */
const KNOWN: Readonly<Record<string, string>> = {
  HMAC_SHA_224: 'a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44',
  HMAC_SHA_256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  HMAC_SHA_384:
    'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e' +
    '8e2240ca5e69e2c78b3239ecfab21649',
  HMAC_SHA_512:
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554' +
    '9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
};

describe('a MAC', () => {
  it.each(MAC_ALGORITHMS)('%s gives the known answer', (algorithm) => {
    const message = Buffer.from('what do ya want for nothing?');
    const mac = makeMac(algorithm, Buffer.from('Jefe'), message);
    expect(mac.toString('hex')).toBe(KNOWN[algorithm]);
  });

  it('is compared as a whole: another bit or another length is another one', () => {
    const mac = Buffer.from('00112233', 'hex');
    expect(isSameMac(mac, Buffer.from('00112233', 'hex'))).toBe(true);
    expect(isSameMac(mac, Buffer.from('00112232', 'hex'))).toBe(false);
    expect(isSameMac(mac, Buffer.from('001122', 'hex'))).toBe(false);
    expect(isSameMac(mac, Buffer.alloc(0))).toBe(false);
  });

  it('is only made with algorithms that there are', () => {
    expect(() => makeMac('HMAC_MD5', Buffer.alloc(16), Buffer.alloc(1))).toThrow('no such');
  });
});
