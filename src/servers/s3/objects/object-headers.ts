/**
 * What a client says about an object that it is about to write: system headers, its own metadata,
 * tags. Source: AWS, "Working with object metadata".
 * @module
 */
import type { ObjectVersion, SystemHeaders } from '../model/object-version.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { readTaggingHeader } from './tagging/parse-tags.ts';

export type ObjectHeaders = Pick<ObjectVersion, 'headers' | 'metadata' | 'tags'>;

const METADATA_PREFIX = 'x-amz-meta-';
/** Names without their prefix, and values, in bytes. */
const METADATA_BYTES_MAX = 2048;
const HEADER_LENGTH_MAX = 4096;

const KEPT = [
  'content-type',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
  'x-amz-website-redirect-location',
] as const;

/**
 * Classes whose objects can be read at once. This server has one kind of disk: the name is kept and
 * given back.
 */
const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
];

/** What would be a wrong 200 if it were passed over in silence. */
const UNSUPPORTED = [
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write-acp',
  'x-amz-write-offset-bytes',
];

/**
 * Reads the headers of PutObject, CreateMultipartUpload, and of CopyObject that replaces.
 * @throws S3Error `MetadataTooLarge`, `InvalidTag`, `InvalidStorageClass`, `InvalidArgument`,
 * `NotImplemented` for ACLs that open the object to others
 */
export function readObjectHeaders(call: Pick<Call, 'headers'>): ObjectHeaders {
  assertSupported(call);
  return {
    headers: { ...readContentHeaders(call), ...readStorageClass(call) },
    metadata: readMetadata(call),
    tags: readTaggingHeader(call.headers['x-amz-tagging']),
  };
}

/** ACLs other than the owner's, and appending. @throws S3Error `NotImplemented` */
export function assertSupported(call: Pick<Call, 'headers'>): void {
  const acl = call.headers['x-amz-acl'] ?? 'private';
  if (acl !== 'private' && acl !== 'bucket-owner-full-control') {
    throw new S3Error('NotImplemented', 'Access is given by policies here, not by ACLs.');
  }
  const name = UNSUPPORTED.find((header) => call.headers[header] !== undefined);
  if (name === undefined) return;
  throw new S3Error(
    'NotImplemented',
    'A header you provided implies functionality that is not there',
    {
      detail: { Header: name },
    },
  );
}

/** Without the storage class. */
export function readContentHeaders(call: Pick<Call, 'headers'>): SystemHeaders {
  const headers: Record<string, string> = {};
  for (const name of KEPT) {
    const value = call.headers[name];
    if (value !== undefined && value !== '') headers[name] = checkedValue(name, value);
  }
  const encoding = contentEncoding(call.headers['content-encoding']);
  if (encoding !== '') headers['content-encoding'] = checkedValue('content-encoding', encoding);
  assertRedirect(headers['x-amz-website-redirect-location']);
  return headers;
}

/** `aws-chunked` says how the request was sent, nothing about the object. */
function contentEncoding(header = ''): string {
  const codings = header.split(',').map((one) => one.trim());
  return codings.filter((one) => one !== '' && one.toLowerCase() !== 'aws-chunked').join(',');
}

function assertRedirect(location: string | undefined): void {
  if (location === undefined || /^(\/|https?:\/\/)/.test(location)) return;
  const rule = 'The website redirect location must have a prefix of http:// or https:// or /.';
  throw new S3Error('InvalidArgument', rule);
}

/** @throws S3Error `InvalidStorageClass`: also for those whose objects have to be restored first */
export function readStorageClass(call: Pick<Call, 'headers'>): SystemHeaders {
  const name = call.headers['x-amz-storage-class'];
  if (name === undefined || name === 'STANDARD') return {};
  if (STORAGE_CLASSES.includes(name)) return { 'x-amz-storage-class': name };
  throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid');
}

/** @throws S3Error `MetadataTooLarge` */
export function readMetadata(call: Pick<Call, 'headers'>): Record<string, string> {
  const metadata: [string, string][] = [];
  let bytes = 0;
  for (const [name, value] of Object.entries(call.headers)) {
    if (!name.startsWith(METADATA_PREFIX) || value === undefined) continue;
    const key = name.slice(METADATA_PREFIX.length);
    // Headers come and go as Latin-1: one character is one byte.
    bytes += key.length + value.length;
    metadata.push([checkedName(key), checkedValue(name, value)]);
  }
  if (bytes <= METADATA_BYTES_MAX) return Object.fromEntries(metadata);
  throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed size', {
    detail: { Size: String(bytes), MaxSizeAllowed: String(METADATA_BYTES_MAX) },
  });
}

/** A presigned URL can carry names that no header has. */
function checkedName(name: string): string {
  if (/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) return name;
  throw new S3Error('InvalidArgument', 'A name of metadata is no name of a header.');
}

/** What is stored is sent as a header again: it must be one. */
export function checkedValue(name: string, value: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  if (value.length <= HEADER_LENGTH_MAX && !/[^\t\x20-\x7e\x80-\xff]/.test(value)) return value;
  throw new S3Error('InvalidArgument', `The value of ${name} cannot be sent as a header.`);
}
