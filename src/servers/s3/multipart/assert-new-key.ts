/**
 * What keeps a `write-once` key from putting anything in the place of what is there.
 * @module
 */
import type { ObjectVersion } from '../model/object-version.ts';
import type { Principal } from '../model/principal.ts';
import { S3Error } from '../protocol/s3-error.ts';

/**
 * To be called inside the transaction that commits.
 * @param current the latest version of the key, delete markers included
 * @throws S3Error `AccessDenied`
 */
export function assertNewKey(principal: Principal, current: ObjectVersion | undefined): void {
  if (principal.role !== 'write-once' || current === undefined) return;
  throw new S3Error('AccessDenied', 'Access Denied');
}
