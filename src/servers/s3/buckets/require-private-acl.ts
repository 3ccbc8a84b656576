/**
 * The access control lists that this server has: one, and it gives all to the owner.
 * @module
 */
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';

/** Canned ones that come to the same thing here, where all keys are of one account. */
const PRIVATE = ['private', 'bucket-owner-full-control'];

/**
 * Lets pass a request that asks for no more than that. Who may do what is a matter of keys and bucket policies.
 * @throws S3Error `NotImplemented`
 */
export function requirePrivateAcl({ headers }: Call): void {
  const canned = headers['x-amz-acl'] ?? 'private';
  const grants = Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'));
  const ownership = headers['x-amz-object-ownership'] ?? 'BucketOwnerEnforced';
  const isPlain = PRIVATE.includes(canned) && !grants && ownership === 'BucketOwnerEnforced';
  if (isPlain) return;
  throw new S3Error('NotImplemented', 'This server has no access control lists but private');
}
