/**
 * Takes one object, or one version of it, away: alone or as one of many.
 * @module
 */
import { deleteVersion } from '../../catalog/delete-version.ts';
import type { Deleted } from '../../catalog/delete-version.ts';
import { assertDeletable } from '../../lock/assert-deletable.ts';
import type { Bucket } from '../../model/bucket.ts';
import type { Call } from '../../protocol/operation.ts';
import { checkedVersionId } from '../find-version.ts';
import type { WriteCondition } from '../preconditions.ts';

export interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly condition: WriteCondition;
}

/**
 * Called inside `catalog.write`. What is not there is no error.
 * @throws S3Error `AccessDenied` where it is locked, `InvalidArgument` for what is no version id,
 * and what the condition throws
 */
export function removeObject(call: Call, bucket: Bucket, target: Target): Deleted {
  const { key, condition } = target;
  const named = target.versionId;
  const versionId = named === undefined ? undefined : checkedVersionId(named);
  const owner = call.principal.accessKeyId;
  return deleteVersion(
    call.catalog,
    bucket,
    { key, versionId, owner, nowMs: call.clock() },
    {
      random: call.random,
      assertDeletable: (version) => assertDeletable(call, version),
      check: (current) => condition.check(current),
    },
  );
}
