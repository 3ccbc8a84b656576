/**
 * What may become of a version's retention.
 * Source: AWS, "Locking objects with Object Lock: retention modes".
 * @module
 */
import type { ObjectLock, ObjectVersion } from '../model/object-version.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { bypassesGovernance } from './bypasses-governance.ts';

export type Retention = Pick<ObjectLock, 'mode' | 'retainUntilMs'>;

/**
 * Everybody who may set a retention may make it longer, and GOVERNANCE to COMPLIANCE. Only a `full` key with the
 * bypass shortens, weakens or takes away GOVERNANCE; nobody does that to COMPLIANCE. A retention that has ended
 * binds nobody; to take it away is still for `full` keys only. To be called inside the transaction that makes the
 * change.
 * @param wanted without a mode: none any more
 * @throws S3Error `AccessDenied`
 */
export function assertRetentionChange(call: Call, version: ObjectVersion, wanted: Retention): void {
  const { mode, retainUntilMs: untilMs = 0 } = version.lock;
  const isInForce = mode !== undefined && untilMs > call.nowMs;
  const isTakenAway = wanted.mode === undefined || wanted.retainUntilMs === undefined;
  if (isTakenAway && call.principal.role !== 'full') throw denied();
  if (!isInForce || (!isTakenAway && isAtLeast(wanted, mode, untilMs))) return;
  if (mode === 'GOVERNANCE' && bypassesGovernance(call, version)) return;
  throw denied();
}

function isAtLeast(wanted: Retention, mode: string, untilMs: number): boolean {
  const keepsMode = wanted.mode === mode || wanted.mode === 'COMPLIANCE';
  return keepsMode && (wanted.retainUntilMs ?? 0) >= untilMs;
}

function denied(): S3Error {
  return new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
}
