/**
 * CreateBucket.
 * @module
 */
import type { Bucket } from '../model/bucket.ts';
import { isBucketName } from '../protocol/bucket-name.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { childOf, malformed, readXml, textOf } from '../protocol/read-xml.ts';
import type { XmlTree } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { readBucketTags } from './bucket-tags.ts';
import { requirePrivateAcl } from './require-private-acl.ts';

const DOCUMENT_BYTES_MAX = 64 * 1024;

/** As a new account at AWS once had; all of them are kept in memory. */
const BUCKETS_MAX = 1000;

export const createBucket: Operation = {
  name: 'CreateBucket',
  action: 's3:CreateBucket',
  level: 'bucket',
  method: 'PUT',
  selectors: [],
  parameters: [],
  effect: 'creates',
  run: create,
};

async function create(call: Call): Promise<Reply> {
  if (!isBucketName(call.bucket)) {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', {
      detail: { BucketName: call.bucket },
    });
  }
  requirePrivateAcl(call);
  const hasLock = readLockHeader(call);
  const tags = readConfiguration(await call.document(DOCUMENT_BYTES_MAX), call.region);
  await call.catalog.write(() => {
    const existing = call.catalog.bucket(call.bucket);
    if (existing !== undefined) return acceptExisting(call, existing, hasLock);
    if (call.catalog.buckets().length >= BUCKETS_MAX) {
      throw new S3Error('TooManyBuckets', `This server holds at most ${BUCKETS_MAX} buckets`);
    }
    call.catalog.insertBucket({
      name: call.bucket,
      createdMs: call.nowMs,
      owner: call.principal.accessKeyId,
      versioning: hasLock ? 'Enabled' : undefined,
      objectLock: hasLock ? { defaultRetention: undefined } : undefined,
      encryption: undefined,
      policy: undefined,
      lifecycle: undefined,
      tags,
    });
  });
  return { status: 200, headers: { location: `/${call.bucket}` } };
}

function readLockHeader({ headers }: Call): boolean {
  const text = headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new S3Error('InvalidArgument', 'x-amz-bucket-object-lock-enabled must be true or false');
}

/** @returns tags */
function readConfiguration(document: Buffer, region: string): Bucket['tags'] {
  if (document.length === 0) return undefined;
  const configuration = readXml(document, 'CreateBucketConfiguration');
  requireKnownChildren(configuration);
  const constraint = textOf(configuration, 'LocationConstraint');
  if (constraint !== undefined) requireRegion(constraint, region);
  const tags = childOf(configuration, 'Tags');
  return tags === undefined ? undefined : readBucketTags(tags);
}

/** Directory buckets have a `Location` and a `Bucket`. */
function requireKnownChildren({ children }: XmlTree): void {
  for (const { name } of children) {
    if (name === 'Location' || name === 'Bucket') {
      throw new S3Error('NotImplemented', 'This server has no directory buckets');
    }
    if (name !== 'LocationConstraint' && name !== 'Tags') throw malformed();
  }
}

/** None at all is fine, too: many clients do not know where they are. */
function requireRegion(constraint: string, region: string): void {
  const wanted = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (wanted === region || (wanted === '' && region === 'us-east-1')) return;
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(wanted)) {
    throw new S3Error(
      'InvalidLocationConstraint',
      'The specified location-constraint is not valid',
      { detail: { LocationConstraint: constraint } },
    );
  }
  throw new S3Error(
    'IllegalLocationConstraintException',
    `The ${wanted} location constraint is incompatible for the region this server is in: ${region}`,
  );
}

/**
 * In us-east-1 AWS answers 200 to who makes the own bucket once more, elsewhere it refuses. It is refused
 * everywhere to who asks for a lock that is not there: a 200 would be taken for a promise.
 */
function acceptExisting({ region }: Call, existing: Bucket, hasLock: boolean): void {
  if (region === 'us-east-1' && (!hasLock || existing.objectLock !== undefined)) return;
  throw new S3Error(
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
    { detail: { BucketName: existing.name } },
  );
}
