/**
 * How a new object is to be encrypted: as its headers ask, else as its bucket says, else SSE-S3.
 * There is no way to ask for none. Source: AWS, "PutObject" and "Setting default server-side
 * encryption behavior".
 * @module
 */
import type { Bucket } from '../model/bucket.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { readCustomerKey } from './customer-key.ts';
import { parseEncryptionContext } from './encryption-context.ts';
import type { EncryptionWish } from './keyring.ts';

type Asked = Pick<Call, 'headers' | 'isTls' | 'remoteAddress'>;

const SSE = 'x-amz-server-side-encryption';
const KEY_ID = `${SSE}-aws-kms-key-id`;
const CONTEXT = `${SSE}-context`;
const BUCKET_KEY = `${SSE}-bucket-key-enabled`;
const KEY_ID_LENGTH_MAX = 2048;

/**
 * @throws S3Error `InvalidArgument` for headers that contradict each other or are not well-formed,
 * `NotImplemented` for `aws:kms:dsse`, and what `readCustomerKey` throws
 */
export function readEncryptionWish(call: Asked, bucket: Bucket): EncryptionWish {
  const asked = call.headers[SSE];
  const customerKey = readCustomerKey(call);
  if (customerKey !== undefined) {
    if (asked !== undefined || hasKmsHeaders(call)) throw incompatible();
    return { kind: 'sse-c', customerKey };
  }
  switch (asked) {
    case undefined:
      return bucketWish(call, bucket);
    case 'AES256':
      if (hasKmsHeaders(call)) throw needsKms();
      return { kind: 'sse-s3' };
    case 'aws:kms':
    case 'cyb:kms':
      return kmsWish(call, bucket, call.headers[KEY_ID]);
    case 'aws:kms:dsse':
      throw new S3Error('NotImplemented', 'Dual-layer encryption (aws:kms:dsse) is not there.');
    default:
      throw new S3Error('InvalidArgument', 'The encryption method specified is not supported', {
        detail: { ArgumentName: SSE, ArgumentValue: asked },
      });
  }
}

function bucketWish(call: Asked, bucket: Bucket): EncryptionWish {
  const given = bucket.encryption;
  if (call.headers[KEY_ID] !== undefined || call.headers[CONTEXT] !== undefined) throw needsKms();
  if (given?.algorithm === 'aws:kms') return kmsWish(call, bucket, given.kmsKeyId);
  if (readBucketKey(call) === true) throw needsKms();
  return { kind: 'sse-s3' };
}

function kmsWish(call: Asked, bucket: Bucket, keyId: string | undefined): EncryptionWish {
  if (keyId !== undefined && (keyId.length > KEY_ID_LENGTH_MAX || !/^[!-~]+$/.test(keyId))) {
    throw new S3Error('InvalidArgument', 'The KMS key id is not well-formed.');
  }
  const context = call.headers[CONTEXT];
  return {
    kind: 'sse-kms',
    keyId,
    context: context === undefined ? {} : parseEncryptionContext(context),
    bucketKeyEnabled: readBucketKey(call) ?? bucket.encryption?.bucketKeyEnabled ?? false,
  };
}

function readBucketKey(call: Asked): boolean | undefined {
  const text = call.headers[BUCKET_KEY]?.toLowerCase();
  if (text === undefined || text === 'true' || text === 'false') {
    return text === undefined ? undefined : text === 'true';
  }
  throw new S3Error('InvalidArgument', `${BUCKET_KEY} must be true or false.`);
}

function hasKmsHeaders(call: Asked): boolean {
  const names = [KEY_ID, CONTEXT];
  return names.some((name) => call.headers[name] !== undefined) || readBucketKey(call) === true;
}

function needsKms(): S3Error {
  const what = 'Server Side Encryption with AWS KMS managed key requires HTTP header';
  return new S3Error('InvalidArgument', `${what} ${SSE} : aws:kms`);
}

function incompatible(): S3Error {
  const what = 'Server Side Encryption with Customer provided key is incompatible with';
  return new S3Error('InvalidArgument', `${what} the encryption method specified`);
}
