/**
 * The upload in parts that a request names.
 * @module
 */
import type { Upload } from '../model/upload.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';

/** @throws S3Error `NoSuchUpload` */
export function requireUpload(call: Call): Upload {
  const id = call.query.get('uploadId') ?? '';
  const upload = /^[0-9a-f]{32}$/.test(id)
    ? call.catalog.upload(call.bucket, call.key, id)
    : undefined;
  if (upload !== undefined) return upload;
  const reason = 'The upload ID may be invalid, or the upload may have been aborted or completed.';
  throw new S3Error('NoSuchUpload', `The specified upload does not exist. ${reason}`, {
    detail: { UploadId: id.slice(0, 64) },
  });
}

/**
 * As `requireUpload`, for what changes the upload: a `write-once` key has a hand in its own uploads only.
 * @throws S3Error `NoSuchUpload`, `AccessDenied`
 */
export function requireOwnUpload(call: Call): Upload {
  const upload = requireUpload(call);
  const { role, accessKeyId } = call.principal;
  if (role !== 'write-once' || upload.owner === accessKeyId) return upload;
  throw new S3Error('AccessDenied', 'Access Denied');
}
