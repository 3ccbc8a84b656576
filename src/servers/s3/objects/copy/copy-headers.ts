/**
 * What of its source a copy takes over. Source: AWS, "CopyObject".
 * @module
 */
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { assertSupported, readObjectHeaders, readStorageClass } from '../object-headers.ts';
import type { ObjectHeaders } from '../object-headers.ts';
import { readTaggingHeader } from '../tagging/parse-tags.ts';
import { parseCopySource } from './copy-source.ts';

const METADATA = 'x-amz-metadata-directive';
const TAGGING = 'x-amz-tagging-directive';
const REDIRECT = 'x-amz-website-redirect-location';

/** @throws S3Error `InvalidArgument` for unknown directives, and what `readObjectHeaders` throws */
export function readCopyHeaders(call: Call, source: ObjectVersion): ObjectHeaders {
  assertSupported(call);
  const replaced = readObjectHeaders(call);
  const tags =
    readDirective(call, TAGGING) === 'REPLACE'
      ? readTaggingHeader(call.headers['x-amz-tagging'])
      : source.tags;
  if (readDirective(call, METADATA) === 'REPLACE') return { ...replaced, tags };
  return {
    headers: { ...keptHeaders(source), ...redirect(replaced), ...readStorageClass(call) },
    metadata: source.metadata,
    tags,
  };
}

/** The storage class and the redirect are never taken over. */
function keptHeaders(source: ObjectVersion): ObjectVersion['headers'] {
  const { 'x-amz-storage-class': _class, [REDIRECT]: _redirect, ...kept } = source.headers;
  return kept;
}

function redirect({ headers }: ObjectHeaders): ObjectVersion['headers'] {
  const location = headers[REDIRECT];
  return location === undefined ? {} : { [REDIRECT]: location };
}

function readDirective(call: Call, name: string): 'COPY' | 'REPLACE' {
  const text = call.headers[name] ?? 'COPY';
  if (text === 'COPY' || text === 'REPLACE') return text;
  throw new S3Error('InvalidArgument', `Unknown ${name.slice('x-amz-'.length)}.`, {
    detail: { ArgumentName: name, ArgumentValue: text },
  });
}

/**
 * A copy onto itself that changes nothing is refused. One of a version that is named is none: it
 * brings that version back.
 * @throws S3Error `InvalidRequest`
 */
export function assertChangesItself(call: Call, source: ObjectVersion): void {
  if (source.bucket !== call.bucket || source.key !== call.key) return;
  const { versionId } = parseCopySource(call.headers['x-amz-copy-source'] ?? '');
  const isChanged =
    versionId !== undefined ||
    readDirective(call, METADATA) === 'REPLACE' ||
    call.headers['x-amz-storage-class'] !== undefined ||
    call.headers[REDIRECT] !== undefined ||
    Object.keys(call.headers).some((name) => name.startsWith('x-amz-server-side-encryption'));
  if (isChanged) return;
  const what = 'This copy request is illegal because it is trying to copy an object to itself';
  const missing = "the object's metadata, storage class, website redirect location or encryption";
  throw new S3Error('InvalidRequest', `${what} without changing ${missing} attributes.`);
}
