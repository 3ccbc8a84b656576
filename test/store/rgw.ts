/**
 * The real S3 server for tests, told by `RGW_*` variables: a Ceph gateway that `rgw-up.sh` starts, or our own, which
 * `run-suite.ts` starts where no other is named. Without them the tests against it are skipped, visibly.
 * @module
 */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import type { S3Config } from '../../src/store/s3/config.ts';

const env = process.env;

export const rgw = {
  /** Our own server does as AWS does, where Ceph does not. */
  isOurs: env['RGW_IS_OURS'] === '1',
  endpoint: env['RGW_ENDPOINT'] ?? '',
  tlsEndpoint: env['RGW_TLS_ENDPOINT'] ?? '',
  tlsCa: env['RGW_TLS_CA'] ?? '',
  kmsKeyId: env['RGW_KMS_KEY_ID'] ?? '',
  otherKmsKeyId: env['RGW_KMS_KEY_ID_2'] ?? '',
  keys: {
    accessKeyId: env['RGW_ACCESS_KEY'] ?? '',
    secretAccessKey: env['RGW_SECRET_KEY'] ?? '',
  },
  otherKeys: {
    accessKeyId: env['RGW_ACCESS_KEY_2'] ?? '',
    secretAccessKey: env['RGW_SECRET_KEY_2'] ?? '',
  },
};

export const withoutRgw = rgw.endpoint === '';

/** A plain client, the independent witness of what our store did. */
export function witness(): S3Client {
  return new S3Client({
    endpoint: rgw.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: rgw.keys,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** A new, empty bucket. */
export async function freshBucket(): Promise<string> {
  const bucket = `cybs3-store-${randomBytes(6).toString('hex')}`;
  const client = witness();
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return bucket;
}

/** The config for a bucket there. */
export function rgwConfig(bucket: string, more: Partial<S3Config> = {}): S3Config {
  const { endpoint, keys } = rgw;
  return { endpoint, region: 'us-east-1', ...keys, bucket, prefix: 'some/prefix', ...more };
}
