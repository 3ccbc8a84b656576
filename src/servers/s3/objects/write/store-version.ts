/**
 * Puts a new object where it belongs: its bytes first, then, in one transaction, its entry. What
 * fails in between leaves nothing.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { commitVersion } from '../../catalog/commit-version.ts';
import type { DataKey } from '../../encryption/keyring.ts';
import type { NewVersion, ObjectVersion } from '../../model/object-version.ts';
import { assertNewKey } from '../../multipart/assert-new-key.ts';
import type { Call } from '../../protocol/operation.ts';
import type { WrittenExtent } from '../../storage/extent-store.ts';
import { commitExtent } from './commit-extent.ts';
import type { WriteCondition } from '../preconditions.ts';

/** What is known only when the last byte was read. */
export type Described = Pick<NewVersion, 'etag' | 'checksum'>;

export interface NewObject {
  readonly entry: Pick<NewVersion, 'headers' | 'metadata' | 'tags' | 'encryption' | 'lock'>;
  readonly dataKey: DataKey;
  readonly condition: WriteCondition;
  readonly bytes: AsyncIterable<Buffer>;
  describe(): Described;
}

/** To be called before anything costly: what is refused now would be refused in the end. */
export function assertWritable(call: Call, condition: WriteCondition): void {
  const current = call.catalog.latest(call.bucket, call.key);
  assertNewKey(call.principal, current);
  condition.check(current);
}

/**
 * Durable when it resolves.
 * @throws S3Error what the condition throws; `AccessDenied` where a `write-once` key meets a
 * version that is there; `NoSuchBucket`, `InsufficientStorage`; whatever `bytes` throws
 */
export async function storeVersion(call: Call, object: NewObject): Promise<ObjectVersion> {
  const written = await call.extents.write(object.dataKey.bytes, object.bytes, {
    ownsPieces: true,
  });
  return commitExtent(call, written.extent, () => commit(call, object, written));
}

function commit(call: Call, object: NewObject, { extent, inline }: WrittenExtent): ObjectVersion {
  const bucket = requireBucket(call);
  const version = {
    ...object.entry,
    ...object.describe(),
    bucket: call.bucket,
    key: call.key,
    isDeleteMarker: false,
    modifiedMs: call.clock(),
    owner: call.principal.accessKeyId,
    sizeBytes: extent.sizeBytes,
    extents: [extent],
    parts: undefined,
  };
  const inlineBytes = inline && new Map([[extent.id, inline]]);
  return commitVersion(call.catalog, bucket, version, call.random, inlineBytes, (current) => {
    assertNewKey(call.principal, current);
    object.condition.check(current);
  });
}

/**
 * A tag that says nothing about the bytes: as AWS has it for SSE-KMS and SSE-C, and no MD5 is
 * computed.
 */
export function opaqueEtag(call: Call): string {
  return Buffer.from(call.random(16)).toString('hex');
}
