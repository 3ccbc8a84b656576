import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

let s3: TestS3;
let owner: S3Client;
const Bucket = 'box';
const Key = 'object';

beforeAll(async () => {
  s3 = await startS3();
  owner = s3.client('full');
  await owner.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await owner.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
});
afterAll(() => s3.stop());

async function put(Tagging?: string): Promise<string> {
  const command = new PutObjectCommand({ Bucket, Key, Body: 'x', ...(Tagging && { Tagging }) });
  return (await owner.send(command)).VersionId ?? '';
}

const deny = (Action: string, Condition?: object) => {
  const Resource = 'arn:aws:s3:::box/*';
  const Statement = [{ Effect: 'Deny', Principal: '*', Action, Resource, Condition }];
  return owner.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement }) }));
};

/** `AccessDenied` or `ok`, alone and as one of several: it has to be the same. */
async function outcomeOf(VersionId?: string): Promise<string> {
  const name = { Key, ...(VersionId !== undefined && { VersionId }) };
  const Delete = { Objects: [name] };
  const { Errors } = await owner.send(new DeleteObjectsCommand({ Bucket, Delete }));
  const many = Errors?.[0]?.Code ?? 'ok';
  const one = await owner.send(new DeleteObjectCommand({ Bucket, ...name })).then(
    () => 'ok',
    (error: Error) => error.name,
  );
  expect(one).toBe(many);
  return many;
}

describe('a policy about versions, where several are deleted at once', () => {
  it('is asked about the version that is named', async () => {
    const [kept, other] = [await put(), await put()];
    await deny('s3:DeleteObjectVersion', { StringEquals: { 's3:VersionId': kept } });
    expect(await outcomeOf(kept)).toBe('AccessDenied');
    expect(await outcomeOf(other)).toBe('ok');
    expect(await outcomeOf()).toBe('ok');
  });

  it('sees the tags of the version that is named, and of the latest where none is', async () => {
    const [kept, other] = [await put('keep=yes'), await put('keep=no')];
    await deny('s3:DeleteObject*', { StringEquals: { 's3:ExistingObjectTag/keep': 'yes' } });
    expect(await outcomeOf(kept)).toBe('AccessDenied');
    expect(await outcomeOf()).toBe('ok');
    expect(await outcomeOf(other)).toBe('ok');
    await put('keep=yes');
    expect(await outcomeOf()).toBe('AccessDenied');
  });

  it('denies versions, and leaves markers alone', async () => {
    const version = await put();
    await deny('s3:DeleteObjectVersion');
    expect(await outcomeOf(version)).toBe('AccessDenied');
    expect(await outcomeOf()).toBe('ok');
  });
});
