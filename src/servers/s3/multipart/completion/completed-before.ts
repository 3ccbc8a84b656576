/**
 * Completing an upload twice. A client whose connection broke does not know that it was completed, and asks
 * again; AWS answers that as it did the first time.
 * @module
 */
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Call } from '../../protocol/operation.ts';
import type { ClaimedPart } from './read-completion.ts';
import { requireUpload } from '../require-upload.ts';

/**
 * The object that this upload has become, of the same parts; undefined where the upload is still to be completed.
 * @throws S3Error `NoSuchUpload` where it is neither
 */
export function completedBefore(
  call: Call,
  claimed: readonly ClaimedPart[],
): ObjectVersion | undefined {
  const id = call.query.get('uploadId');
  const latest = call.catalog.latest(call.bucket, call.key);
  // Who may not have completed it is not told either: `requireOwnUpload` and `requireUpload` say no.
  const isOwn =
    call.principal.role !== 'write-once' || latest?.owner === call.principal.accessKeyId;
  if (id !== undefined && latest?.uploadId === id && isOwn && hasParts(latest, claimed)) {
    return latest;
  }
  requireUpload(call);
  return undefined;
}

function hasParts({ parts = [] }: ObjectVersion, claimed: readonly ClaimedPart[]): boolean {
  return (
    parts.length === claimed.length &&
    parts.every(({ number, etag }, at) => {
      return claimed[at]?.number === number && claimed[at].etag === etag;
    })
  );
}
