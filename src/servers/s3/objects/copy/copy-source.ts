/**
 * `x-amz-copy-source`: where a copy is taken from. Source: AWS, "CopyObject".
 * @module
 */
import { ACCOUNT_ID } from '../../buckets/account.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { findVersion } from '../find-version.ts';
import { assertCopyable } from '../preconditions.ts';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** A bucket, a key of 1,024 bytes percent-encoded, a version. */
const HEADER_LENGTH_MAX = 4096;
const KEY_BYTES_MAX = 1024;

/**
 * Reads `[/]bucket/key[?versionId=id]`, percent-encoded.
 * @throws S3Error `InvalidArgument`; `NotImplemented` for ARNs of access points
 */
export function parseCopySource(header: string): CopySource {
  if (header.startsWith('arn:')) {
    throw new S3Error('NotImplemented', 'There are no access points to copy from here.');
  }
  if (header.length > HEADER_LENGTH_MAX) throw malformed();
  const [path, query] = split(header, header.lastIndexOf('?versionId='), '?versionId='.length);
  const decoded = decode(path).replace(/^\//, '');
  const [bucket, key = ''] = split(decoded, decoded.indexOf('/'), 1);
  if (bucket === '' || key === '' || Buffer.byteLength(key) > KEY_BYTES_MAX) throw malformed();
  return { bucket, key, versionId: query === undefined ? undefined : decode(query) };
}

/**
 * The version that a copy is taken from: it is there, and its conditions hold. Whether the caller
 * may read it was decided before.
 * @throws S3Error `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `PreconditionFailed`,
 * `InvalidRequest` for a delete marker that is named by its version, and what `parseCopySource`
 * throws
 */
export function findSource(call: Call): ObjectVersion {
  const source = parseCopySource(call.headers['x-amz-copy-source'] ?? '');
  const bucket = call.catalog.bucket(source.bucket);
  if (bucket === undefined) {
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
      detail: { BucketName: source.bucket },
    });
  }
  const owner = call.headers['x-amz-source-expected-bucket-owner'];
  if (owner !== undefined && owner !== ACCOUNT_ID) {
    throw new S3Error('AccessDenied', 'Access Denied');
  }
  const version = found(call, { ...source, bucket });
  assertCopyable(call, version);
  return version;
}

function found(call: Call, name: Parameters<typeof findVersion>[1]): ObjectVersion {
  try {
    return findVersion(call.catalog, name);
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== 'MethodNotAllowed') throw error;
    const what = 'The source of a copy request may not specifically refer to a delete marker';
    throw new S3Error('InvalidRequest', `${what} by version id.`, { cause: error });
  }
}

/** Before and after; all of it and nothing where `at` is -1. */
function split(text: string, at: number, length: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + length)];
}

/** Header values are Latin-1; what a client did not encode is read as the UTF-8 that it is. */
function decode(text: string): string {
  try {
    const bytes = Buffer.from(text, 'latin1');
    const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return decodeURIComponent(utf8);
  } catch {
    throw malformed();
  }
}

function malformed(): S3Error {
  const message = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey';
  return new S3Error('InvalidArgument', message, {
    detail: { ArgumentName: 'x-amz-copy-source' },
  });
}
