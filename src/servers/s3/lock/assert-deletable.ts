/**
 * The check that stands before the end of every version.
 * @module
 */
import type { ObjectVersion } from '../model/object-version.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { bypassesGovernance } from './bypasses-governance.ts';
import { lockInForce } from './lock-in-force.ts';

/**
 * Refuses to let `version` go for good while it is locked. To be called inside the transaction that
 * removes or replaces it, with the version as it is there.
 *
 * A legal hold and COMPLIANCE stop everybody. GOVERNANCE lets a `full` key through that says
 * `x-amz-bypass-governance-retention: true`.
 * @throws S3Error `AccessDenied`
 */
export function assertDeletable(call: Call, version: ObjectVersion): void {
  const held = lockInForce(version.lock, call.nowMs);
  if (held === undefined) return;
  if (held === 'GOVERNANCE' && bypassesGovernance(call, version)) return;
  throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
}
