/**
 * A server with our own KMS beside it, and the three ways to ask for encryption.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { TestKms } from '../../../support/start-kms.ts';
import { startS3 } from '../../../support/start-s3.ts';
import type { StartS3Options, TestS3 } from '../../../support/start-s3.ts';

export const Bucket = 'box';

export interface Encrypted extends AsyncDisposable {
  readonly kms: TestKms;
  readonly kmsAdmin: KMSClient;
  readonly keyId: string;
  readonly keyArn: string;
  readonly s3: TestS3;
  readonly client: S3Client;
}

/** The default key is `alias/default`. */
export async function startEncrypted(options: Partial<StartS3Options> = {}): Promise<Encrypted> {
  const kms = await TestKms.start();
  const kmsAdmin = kms.client();
  const { KeyMetadata } = await kmsAdmin.send(new CreateKeyCommand({}));
  const { KeyId: keyId = '', Arn: keyArn = '' } = KeyMetadata ?? {};
  await kmsAdmin.send(new CreateAliasCommand({ AliasName: 'alias/default', TargetKeyId: keyId }));
  const s3 = await startS3({ kms: kmsOptions(kms), ...options });
  const client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  const shown = { kms, kmsAdmin, keyId, keyArn, s3, client };
  return {
    ...shown,
    async [Symbol.asyncDispose]() {
      await s3.stop();
      await kms[Symbol.asyncDispose]();
    },
  };
}

export function kmsOptions(kms: TestKms) {
  const key = kms.addKey({
    name: 's3 server',
    operations: ['GenerateDataKey', 'Decrypt', 'DescribeKey'],
  });
  return {
    endpoint: kms.url,
    region: 'us-east-1',
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secret },
    defaultKeyId: 'alias/default',
  };
}

/** As the SDK wants it; it computes the MD5 itself, where none is given. */
export function customerKey(key: Uint8Array = randomBytes(32)) {
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: Buffer.from(key).toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  };
}

export const SSE_S3 = { ServerSideEncryption: 'AES256' } as const;
export const SSE_KMS = { ServerSideEncryption: 'aws:kms' } as const;
