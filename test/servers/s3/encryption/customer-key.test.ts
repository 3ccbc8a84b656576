import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readCustomerKey } from '../../../../src/servers/s3/encryption/customer-key.ts';

const NAME = 'x-amz-server-side-encryption-customer-';
const KEY = randomBytes(32);
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64');

function headersOf(key: Uint8Array = KEY, start = NAME): Record<string, string | undefined> {
  return {
    [`${start}algorithm`]: 'AES256',
    [`${start}key`]: Buffer.from(key).toString('base64'),
    [`${start}key-md5`]: md5(key),
  };
}

const call = (headers: Record<string, string | undefined>, line = {}) => ({
  headers,
  isTls: false,
  remoteAddress: '127.0.0.1',
  ...line,
});

describe('readCustomerKey', () => {
  it('reads a key that fits its MD5, and none where there is none', () => {
    expect(readCustomerKey(call(headersOf()))).toEqual({ key: KEY, md5: md5(KEY) });
    expect(readCustomerKey(call({}))).toBeUndefined();
  });

  it('reads the key of the source of a copy apart from that of the copy', () => {
    const headers = headersOf(KEY, 'x-amz-copy-source-server-side-encryption-customer-');
    expect(readCustomerKey(call(headers))).toBeUndefined();
    expect(readCustomerKey(call(headers), 'x-amz-copy-source-')?.key).toEqual(KEY);
  });

  it.each(['algorithm', 'key', 'key-md5'])('refuses headers without %s', (name) => {
    const headers = { ...headersOf(), [`${NAME}${name}`]: undefined };
    expect(() => readCustomerKey(call(headers))).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });

  it('refuses a key of another length, no base64, and another key’s MD5', () => {
    const wrong = [
      headersOf(randomBytes(16)),
      headersOf(randomBytes(33)),
      { ...headersOf(), [`${NAME}key`]: 'not base64!' },
      { ...headersOf(), [`${NAME}key-md5`]: md5(randomBytes(32)) },
      { ...headersOf(), [`${NAME}key-md5`]: 'AAAA' },
    ];
    for (const headers of wrong) {
      expect(() => readCustomerKey(call(headers))).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      );
    }
  });

  it('says nothing of the key in what it throws', () => {
    const headers = { ...headersOf(), [`${NAME}key-md5`]: md5(randomBytes(32)) };
    try {
      readCustomerKey(call(headers));
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(KEY.toString('base64'));
    }
  });

  it('knows no algorithm but AES256', () => {
    const headers = { ...headersOf(), [`${NAME}algorithm`]: 'AES128' };
    expect(() => readCustomerKey(call(headers))).toThrow(
      expect.objectContaining({ code: 'InvalidEncryptionAlgorithmError' }),
    );
  });

  it('takes a key over TLS or from this machine only', () => {
    const open = { remoteAddress: '192.168.1.7' };
    expect(() => readCustomerKey(call(headersOf(), open))).toThrow(
      expect.objectContaining({ code: 'InvalidRequest' }),
    );
    for (const line of [
      { isTls: true, remoteAddress: '192.168.1.7' },
      { remoteAddress: '::1' },
      { remoteAddress: '::ffff:127.0.0.1' },
    ]) {
      expect(readCustomerKey(call(headersOf(), line))?.key).toEqual(KEY);
    }
  });
});
