/**
 * Operations on the policy of a bucket.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/xml.ts';
import { POLICY_BYTES_MAX, parsePolicy } from './parse-policy.ts';
import { malformed } from './policy-json.ts';

const ofPolicy = { level: 'bucket', selectors: ['policy'], parameters: [] } as const;

export const policyOperations: readonly Operation[] = [
  {
    ...ofPolicy,
    name: 'GetBucketPolicy',
    action: 's3:GetBucketPolicy',
    method: 'GET',
    effect: 'reads',
    run: getPolicy,
  },
  {
    ...ofPolicy,
    name: 'PutBucketPolicy',
    action: 's3:PutBucketPolicy',
    method: 'PUT',
    effect: 'changes',
    run: putPolicy,
  },
  {
    ...ofPolicy,
    name: 'DeleteBucketPolicy',
    action: 's3:DeleteBucketPolicy',
    method: 'DELETE',
    effect: 'changes',
    run: deletePolicy,
  },
  {
    ...ofPolicy,
    name: 'GetBucketPolicyStatus',
    action: 's3:GetBucketPolicyStatus',
    selectors: ['policyStatus'],
    method: 'GET',
    effect: 'reads',
    run: getStatus,
  },
];

async function getPolicy(call: Call): Promise<Reply> {
  const body = Buffer.from(requirePolicy(call));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

async function putPolicy(call: Call): Promise<Reply> {
  requireBucket(call);
  if ((call.declaredBytes ?? 0) > POLICY_BYTES_MAX) throw malformed('it has at most 20 KB');
  const policy = decode(await call.document(POLICY_BYTES_MAX + 1));
  parsePolicy(policy, call.bucket);
  await call.catalog.write(() => {
    requireBucket(call);
    call.catalog.updateBucket(call.bucket, { policy });
  });
  return { status: 204 };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new S3Error('MalformedPolicy', 'Policies must be valid JSON', { cause });
  }
}

async function deletePolicy(call: Call): Promise<Reply> {
  await call.catalog.write(() => {
    requireBucket(call);
    call.catalog.updateBucket(call.bucket, { policy: undefined });
  });
  return { status: 204 };
}

/** Never public: whoever is let in by a policy still needs an access key of this server. */
async function getStatus(call: Call): Promise<Reply> {
  requirePolicy(call);
  return { status: 200, body: xmlDocument('PolicyStatus', [element('IsPublic', 'FALSE')]) };
}

function requirePolicy(call: Call): string {
  const { policy } = requireBucket(call);
  if (policy !== undefined) return policy;
  throw new S3Error('NoSuchBucketPolicy', 'The bucket policy does not exist', {
    detail: { BucketName: call.bucket },
  });
}
