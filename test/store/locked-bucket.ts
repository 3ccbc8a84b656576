/**
 * Buckets on Ceph that keep versions, with and without Object Lock, and a look at what is in them that does
 * not go through our code.
 * @module
 */
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { createClient } from '../../src/store/s3/client/create-client.ts';
import { settle } from '../../src/store/s3/config.ts';
import type { S3Config } from '../../src/store/s3/config.ts';
import { S3Requests } from '../../src/store/s3/requests.ts';
import { S3Store } from '../../src/store/s3/s3-store.ts';
import { freshBucket, rgw, rgwConfig, witness } from './rgw.ts';

export async function lockedBucket(): Promise<string> {
  const bucket = `cybs3-lock-${randomBytes(6).toString('hex')}`;
  const command = { Bucket: bucket, ObjectLockEnabledForBucket: true };
  await witness().send(new CreateBucketCommand(command));
  return bucket;
}

export async function versionedBucket(): Promise<string> {
  const bucket = await freshBucket();
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await witness().send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  return bucket;
}

export interface Version {
  readonly Key: string;
  readonly VersionId: string;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
}

/** Everything in a bucket, of each key the newest first. */
export async function versionsIn(bucket: string): Promise<Version[]> {
  const found: Version[] = [];
  const client = witness();
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const command = new ListObjectVersionsCommand({ Bucket: bucket, ...marker });
    const page: ListObjectVersionsCommandOutput = await client.send(command);
    const add = (listed: Listed[] | undefined, isMarker: boolean): void => {
      for (const { Key = '', VersionId = '', IsLatest } of listed ?? []) {
        found.push({ Key, VersionId, isMarker, isLatest: IsLatest === true });
      }
    };
    add(page.Versions, false);
    add(page.DeleteMarkers, true);
    const { NextKeyMarker = '', NextVersionIdMarker = '' } = page;
    const next = { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker };
    marker = page.IsTruncated ? next : undefined;
  }
  return found;
}

interface Listed {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
}

/** A store of ours, and how often it sent which command. */
export async function countedStore(bucket: string, more: Partial<S3Config> = {}) {
  const settings = settle(rgwConfig(bucket, more));
  const client = await createClient(settings);
  const sent = new Map<string, number>();
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        sent.set(commandName, (sent.get(commandName) ?? 0) + 1);
        return next(args);
      },
    { step: 'initialize' },
  );
  return { store: new S3Store(new S3Requests(client, settings)), sent };
}

/** Keys with every right in the bucket but to get round locks of the governance mode. */
export async function fullRightsWithoutBypass(bucket: string): Promise<S3Client> {
  const statement = (Effect: 'Allow' | 'Deny', Action: string) => ({
    Effect,
    Principal: '*',
    Action,
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  });
  const Statement = [statement('Allow', 's3:*'), statement('Deny', 's3:BypassGovernanceRetention')];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await witness().send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  return new S3Client({
    endpoint: rgw.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: rgw.otherKeys,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}
