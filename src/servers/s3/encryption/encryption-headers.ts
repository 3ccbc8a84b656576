/**
 * What an answer says about the encryption of an object.
 * @module
 */
import type { EncryptionRecord } from '../model/object-version.ts';

const SSE = 'x-amz-server-side-encryption';

/** Headers of an answer about an object, an upload or a part. No secrets are in them. */
export function encryptionHeaders(record: EncryptionRecord): Record<string, string> {
  switch (record.kind) {
    case 'sse-s3':
      return { [SSE]: 'AES256' };
    case 'sse-kms':
      return {
        [SSE]: 'aws:kms',
        [`${SSE}-aws-kms-key-id`]: record.keyArn,
        ...(record.bucketKey && { [`${SSE}-bucket-key-enabled`]: 'true' }),
      };
    case 'sse-c':
      return {
        [`${SSE}-customer-algorithm`]: 'AES256',
        [`${SSE}-customer-key-MD5`]: record.keyMd5,
      };
    case 'none':
      return {};
  }
}
