/**
 * The right to get round GOVERNANCE.
 * @module
 */
import type { ObjectVersion } from '../model/object-version.ts';
import { isDenied } from '../policy/assert-not-denied.ts';
import type { Call } from '../protocol/operation.ts';

/**
 * Whether the caller asks to (`x-amz-bypass-governance-retention: true`), has a `full` key, and no policy denies
 * it `s3:BypassGovernanceRetention`.
 */
export function bypassesGovernance(call: Call, version: ObjectVersion): boolean {
  const asks = call.headers['x-amz-bypass-governance-retention']?.toLowerCase() === 'true';
  if (!asks || call.principal.role !== 'full') return false;
  const { bucket, key, versionId } = version;
  const action = 's3:BypassGovernanceRetention';
  return !isDenied(call, { action, bucket, key, versionId });
}
