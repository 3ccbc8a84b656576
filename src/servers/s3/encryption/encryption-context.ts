/**
 * The encryption context of SSE-KMS: what a data key is bound to inside the KMS. It goes to the KMS
 * with each use of the key, and stands in the KMS's log. Source: AWS, "Encryption context" of
 * SSE-KMS.
 * @module
 */
import { S3Error } from '../protocol/s3-error.ts';
import type { ObjectPlace } from './keyring.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

const ARN = 'aws:s3:arn';
/** KMS takes 8 KiB for the context and more; a header of ours is far shorter. */
const HEADER_LENGTH_MAX = 8192;

/**
 * Reads `x-amz-server-side-encryption-context`: base64 of a JSON object of strings.
 * @throws S3Error `InvalidArgument`
 */
export function parseEncryptionContext(header: string): EncryptionContext {
  if (header.length > HEADER_LENGTH_MAX) throw invalid();
  const bytes = Buffer.from(header, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== header) throw invalid();
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid();
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid();
  const entries = Object.entries(parsed);
  if (!entries.every((entry): entry is [string, string] => isPair(entry))) throw invalid();
  return Object.fromEntries(entries);
}

function isPair([name, value]: [string, unknown]): boolean {
  return name !== '' && name !== '__proto__' && typeof value === 'string' && value !== '';
}

/**
 * What goes to the KMS: the given context, and where the key belongs. With bucket keys that is the
 * bucket, since all its objects share the KMS's answer.
 * @throws S3Error `InvalidArgument` where the given one names another place
 */
export function contextFor(
  place: ObjectPlace,
  given: EncryptionContext,
  usesBucketKey: boolean,
): EncryptionContext {
  const arn = `arn:aws:s3:::${usesBucketKey ? place.bucket : `${place.bucket}/${place.key}`}`;
  const named = given[ARN];
  if (named !== undefined && named !== arn) {
    throw new S3Error('InvalidArgument', `The encryption context must have ${arn} as ${ARN}.`);
  }
  return { ...given, [ARN]: arn };
}

/** The same text for the same context, whatever the order of its names. */
export function canonicalContext(context: EncryptionContext): string {
  const entries = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries);
}

function invalid(): S3Error {
  const what = 'must be a base64-encoded JSON object whose values are strings';
  return new S3Error('InvalidArgument', `The encryption context ${what}.`);
}
