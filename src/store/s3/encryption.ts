/**
 * Server-side encryption: the fields that ask for it, and the look at what the server really did.
 * Some servers take the request and store plain (Ceph with AES256), so an answer that does not say
 * it is a no.
 * @module
 */
import { Buffer } from 'node:buffer';
import { AppError } from '../../base/failure.ts';
import type { S3Options } from './config.ts';

type Wanted = Pick<S3Options, 'sse' | 'sseCustomerKey'>;

/** The part of PutObject's, CompleteMultipartUpload's and HeadObject's answers that tells. */
export interface EncryptionAnswer {
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/** For PutObject and CreateMultipartUpload. */
export function encryptionOfWrite({ sse, sseCustomerKey }: Wanted) {
  if (!sse) return encryptionOfRead({ ...(sseCustomerKey && { sseCustomerKey }) });
  const context = sse.kmsContext && JSON.stringify(sse.kmsContext);
  return {
    ServerSideEncryption: sse.algorithm,
    ...(sse.kmsKeyId !== undefined && { SSEKMSKeyId: sse.kmsKeyId }),
    ...(context !== undefined && {
      SSEKMSEncryptionContext: Buffer.from(context).toString('base64'),
    }),
    ...(sse.bucketKey !== undefined && { BucketKeyEnabled: sse.bucketKey }),
  };
}

/** For GetObject and HeadObject; SSE-C needs its key every time. */
export function encryptionOfRead({ sseCustomerKey }: Wanted) {
  if (!sseCustomerKey) return {};
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: Buffer.from(sseCustomerKey).toString('base64'),
  };
}

/** What is wrong with the answer, or `undefined` when it is as wanted. */
export function encryptionFault(wanted: Wanted, answer: EncryptionAnswer): string | undefined {
  const { sse, sseCustomerKey } = wanted;
  if (sseCustomerKey) {
    if (answer.SSECustomerAlgorithm === 'AES256') return undefined;
    return 'the server did not encrypt with the SSE-C key';
  }
  if (!sse) return undefined;
  const got = answer.ServerSideEncryption ?? 'none';
  if (got !== sse.algorithm) return `asked for ${sse.algorithm} encryption, the server says ${got}`;
  if (sse.kmsKeyId === undefined || isSameKmsKey(sse.kmsKeyId, answer.SSEKMSKeyId)) {
    return undefined;
  }
  return 'the server encrypted with another KMS key than the one asked for';
}

/** AWS answers with the key's ARN whatever the request said; behind an alias any key may stand. */
function isSameKmsKey(asked: string, got: string | undefined): boolean {
  if (got === undefined) return false;
  if (/(^|:)alias\//.test(asked)) return got !== '';
  return got === asked || got.endsWith(`/${asked}`) || asked.endsWith(`/${got}`);
}

/** The failure for a fault: what was written must not stay. */
export function encryptionRefused(fault: string, key: string, location: string): AppError {
  return new AppError('store/sse', `${key} in ${location} is not encrypted as told: ${fault}`, {
    hint: 'use an encryption this server has (Ceph: aws:kms with a key id), or none',
    detail: { key },
  });
}
