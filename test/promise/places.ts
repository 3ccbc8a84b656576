/**
 * Where a promise is tested: a directory always, and a bucket on a real S3 where one runs.
 * @module
 */
import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freshBucket, rgw, witness, withoutRgw } from '../store/rgw.ts';

export interface Place {
  readonly name: string;
  readonly location: string;
  /** Flags and environment that a command needs to reach it. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Every object with its key, read without our own code. */
  readonly objects: () => AsyncIterable<{ key: string; bytes: Uint8Array }>;
  /** Server-side encryption of every object, as the server tells it. */
  readonly encryption?: () => Promise<Map<string, string | undefined>>;
}

export function directoryPlace(path: string): Place {
  async function* objects() {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      yield { key: file, bytes: readFileSync(file) };
    }
  }
  return { name: 'a directory', location: path, flags: [], env: {}, objects };
}

/** A new bucket on Ceph. */
export async function s3Place(): Promise<Place> {
  const bucket = await freshBucket();
  const client = witness();
  async function* objects() {
    for await (const key of keysOf(client, bucket)) {
      const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      yield { key, bytes: (await got.Body?.transformToByteArray()) ?? new Uint8Array(0) };
    }
  }
  async function encryption() {
    const found = new Map<string, string | undefined>();
    for await (const key of keysOf(client, bucket)) {
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      found.set(key, head.ServerSideEncryption);
    }
    return found;
  }
  return {
    name: 'Ceph',
    location: `s3://${bucket}/vault`,
    flags: ['--endpoint', rgw.endpoint, '--region', 'us-east-1'],
    env: {
      AWS_ACCESS_KEY_ID: rgw.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rgw.keys.secretAccessKey,
    },
    objects,
    encryption,
  };
}

export { withoutRgw };

async function* keysOf(client: S3Client, bucket: string): AsyncGenerator<string> {
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
  }
}
