/**
 * Keys that customers bring with each request (SSE-C). Source: AWS, "Using server-side encryption
 * with customer-provided keys".
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../../http/is-loopback.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { CustomerKey } from './keyring.ts';

/** Before the names of the headers that open the source of a copy. */
export const SOURCE_PREFIX = 'x-amz-copy-source-';

const KEY_BYTES = 32;

/** Put together once: text made for each request has to be hashed to be found as a name. */
const NAMES = { 'x-amz-': namesAfter('x-amz-'), [SOURCE_PREFIX]: namesAfter(SOURCE_PREFIX) };

/**
 * Reads `…server-side-encryption-customer-algorithm`, `-key` and `-key-md5`; undefined where none
 * is there.
 * @param prefix `x-amz-copy-source-` for the key of the source of a copy
 * @throws S3Error `InvalidArgument` where they are not complete or do not fit each other,
 * `InvalidEncryptionAlgorithmError`, `InvalidRequest` for a key that came over an open line
 */
export function readCustomerKey(
  call: Pick<Call, 'headers' | 'isTls' | 'remoteAddress'>,
  prefix: 'x-amz-' | typeof SOURCE_PREFIX = 'x-amz-',
): CustomerKey | undefined {
  const names = NAMES[prefix];
  const algorithm = call.headers[names.algorithm];
  const key = call.headers[names.key];
  const md5 = call.headers[names.md5];
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  if (!call.isTls && !isLoopback(call.remoteAddress)) {
    const what = 'Requests specifying Server Side Encryption with Customer provided keys';
    throw new S3Error('InvalidRequest', `${what} must be made over a secure connection.`);
  }
  if (algorithm === undefined || key === undefined || md5 === undefined) {
    const name = algorithm === undefined ? 'a valid algorithm' : 'an appropriate secret key';
    throw wrong(`must provide ${name}.`);
  }
  if (algorithm !== 'AES256') {
    const message = 'The encryption request you specified is not valid. Supported value: AES256.';
    throw new S3Error('InvalidEncryptionAlgorithmError', message);
  }
  return checkedKey(key, md5);
}

function namesAfter(prefix: string) {
  const start = `${prefix}server-side-encryption-customer-`;
  return { algorithm: `${start}algorithm`, key: `${start}key`, md5: `${start}key-md5` };
}

function checkedKey(text: string, md5: string): CustomerKey {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== text) {
    throw wrong('must provide an appropriate secret key: 32 bytes in base64.');
  }
  const actual = createHash('md5').update(key).digest();
  const given = Buffer.from(md5, 'base64');
  if (given.length !== actual.length || !timingSafeEqual(given, actual)) {
    throw new S3Error(
      'InvalidArgument',
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    );
  }
  return { key, md5: actual.toString('base64') };
}

function wrong(what: string): S3Error {
  const who = 'Requests specifying Server Side Encryption with Customer provided keys';
  return new S3Error('InvalidArgument', `${who} ${what}`);
}
