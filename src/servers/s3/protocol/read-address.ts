/**
 * What a request is addressed to: service, bucket or object, in path style or by virtual host, and its query.
 * Keys stay as they came: `..`, `//` and control characters mean nothing special.
 * @module
 */
import { isBucketName } from './bucket-name.ts';
import { decodeUri, invalidUri } from './decode-uri.ts';
import { S3Error } from './s3-error.ts';

/** Of a key, in bytes of UTF-8. */
const KEY_BYTES_MAX = 1024;

/** More than any request has; each is looked at several times. */
const PARAMETERS_MAX = 200;

export interface Address {
  readonly level: 'service' | 'bucket' | 'object';
  /** Empty at the level of the service. */
  readonly bucket: string;
  /** Empty but at the level of objects. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
}

/**
 * @param target as on the wire: `/path?query`
 * @param host the Host header
 * @param domains names of this server, lower case: `bucket.<domain>` is that bucket
 * @throws S3Error `InvalidURI`, `InvalidBucketName`, `KeyTooLongError`, `InvalidArgument`
 */
export function readAddress(
  target: string,
  host: string | undefined,
  domains: readonly string[],
): Address {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  if (!path.startsWith('/')) throw invalidUri();
  const query = readQuery(mark === -1 ? '' : target.slice(mark + 1));
  const hosted = bucketOfHost(host, domains);
  if (hosted !== undefined) return place(hosted, path.slice(1), query);
  if (path === '/') return { level: 'service', bucket: '', key: '', query };
  const slash = path.indexOf('/', 1);
  const bucket = decodeUri(slash === -1 ? path.slice(1) : path.slice(1, slash));
  return place(bucket, slash === -1 ? '' : path.slice(slash + 1), query);
}

function place(bucket: string, rawKey: string, query: ReadonlyMap<string, string>): Address {
  if (!isBucketName(bucket)) {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', {
      detail: { BucketName: bucket.slice(0, 100) },
    });
  }
  const key = decodeUri(rawKey);
  requireKeyLength(key);
  return { level: key === '' ? 'bucket' : 'object', bucket, key, query };
}

/** @throws S3Error `KeyTooLongError` */
export function requireKeyLength(key: string): void {
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes <= KEY_BYTES_MAX) return;
  throw new S3Error('KeyTooLongError', 'Your key is too long', {
    detail: { Size: String(sizeBytes), MaxSizeAllowed: String(KEY_BYTES_MAX) },
  });
}

function bucketOfHost(host: string | undefined, domains: readonly string[]): string | undefined {
  if (host === undefined || domains.length === 0) return undefined;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const domain = domains.find((one) => name.endsWith(`.${one}`));
  return domain === undefined ? undefined : name.slice(0, -domain.length - 1);
}

function readQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  if (text === '') return query;
  const pairs = text.split('&', PARAMETERS_MAX + 1);
  if (pairs.length > PARAMETERS_MAX) throw invalidUri();
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeForm(equals === -1 ? pair : pair.slice(0, equals));
    // Whoever reads the first and whoever reads the last would see different requests.
    if (query.has(name)) {
      throw new S3Error('InvalidArgument', 'A query parameter is given twice.', {
        detail: { ArgumentName: name.slice(0, 100) },
      });
    }
    query.set(name, equals === -1 ? '' : decodeForm(pair.slice(equals + 1)));
  }
  return query;
}

function decodeForm(text: string): string {
  return decodeUri(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
