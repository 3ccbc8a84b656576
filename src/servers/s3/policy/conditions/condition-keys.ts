/**
 * What conditions may ask about a request, and where the answer is found.
 * Source: AWS, "AWS global condition context keys", "Condition keys for Amazon S3".
 * @module
 */
import { isIPv6 } from 'node:net';
import { ACCOUNT_ID } from '../../buckets/account.ts';
import { parseRetainUntil } from '../../lock/parse-retain-until.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import { readTaggingHeader } from '../../objects/tagging/parse-tags.ts';
import type { Tags } from '../../objects/tagging/parse-tags.ts';
import type { Call } from '../../protocol/operation.ts';

/** What a policy is asked about: the request itself, or one of several things that it touches. */
export interface PolicyTarget {
  readonly action: string;
  readonly bucket: string;
  /** Empty: the bucket itself. */
  readonly key: string;
  readonly versionId: string | undefined;
  /** Tags that it would give, where they are not those of the header: from a body, or from the source of a copy. */
  readonly requestTags?: Tags | undefined;
}

type Source = (call: Call, target: PolicyTarget) => string | undefined;

const DAY_MS = 86_400_000;

const header = (name: string): Source => {
  return ({ headers }) => headers[name];
};
const parameter = (name: string): Source => {
  return ({ query }) => query.get(name);
};

/** By name in lower case. */
const SOURCES: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
  ['aws:principalaccount', () => ACCOUNT_ID],
  ['aws:principalarn', ({ principal }) => arnOfUser(principal.name)],
  ['aws:principaltype', () => 'User'],
  ['aws:referer', header('referer')],
  ['aws:securetransport', ({ isTls }) => String(isTls)],
  ['aws:sourceip', ({ remoteAddress }) => plainAddress(remoteAddress)],
  ['aws:useragent', header('user-agent')],
  ['aws:userid', ({ principal }) => principal.accessKeyId],
  ['aws:username', ({ principal }) => principal.name],
  ['s3:delimiter', parameter('delimiter')],
  ['s3:max-keys', parameter('max-keys')],
  ['s3:object-lock-legal-hold', header('x-amz-object-lock-legal-hold')],
  ['s3:object-lock-mode', header('x-amz-object-lock-mode')],
  ['s3:object-lock-remaining-retention-days', (call) => remainingDays(call)],
  ['s3:object-lock-retain-until-date', header('x-amz-object-lock-retain-until-date')],
  ['s3:prefix', parameter('prefix')],
  ['s3:resourceaccount', () => ACCOUNT_ID],
  ['s3:versionid', (_, { versionId }) => versionId],
  ...[
    'x-amz-acl',
    'x-amz-content-sha256',
    'x-amz-copy-source',
    'x-amz-metadata-directive',
    'x-amz-server-side-encryption',
    'x-amz-server-side-encryption-aws-kms-key-id',
    'x-amz-server-side-encryption-customer-algorithm',
    'x-amz-storage-class',
  ].map((name) => [`s3:${name}`, header(name)] as const),
]);

const REQUEST_TAG_KEYS = 's3:requestobjecttagkeys';
const REQUEST_TAG = 's3:requestobjecttag/';
const EXISTING_TAG = 's3:existingobjecttag/';

/** As policies are stored and asked: in lower case up to a slash. Undefined: not known here. */
export function canonicalConditionKey(text: string): string | undefined {
  const [name = '', ...rest] = text.split('/');
  const isTag = rest.length > 0 && rest[0] !== '';
  const key = [name.toLowerCase(), ...rest].join('/');
  if (isTag) return key.startsWith(REQUEST_TAG) || key.startsWith(EXISTING_TAG) ? key : undefined;
  return SOURCES.has(key) || key === REQUEST_TAG_KEYS ? key : undefined;
}

/**
 * @param key as `canonicalConditionKey` gives it
 * @throws S3Error for headers with tags or dates that are not well-formed
 */
export function conditionValues(
  key: string,
  call: Call,
  target: PolicyTarget,
): readonly string[] | undefined {
  if (key === REQUEST_TAG_KEYS) return [...tagsOfRequest(call, target).keys()];
  const value = key.startsWith(REQUEST_TAG)
    ? tagsOfRequest(call, target).get(key.slice(REQUEST_TAG.length))
    : key.startsWith(EXISTING_TAG)
      ? existingTag(call, target, key.slice(EXISTING_TAG.length))
      : SOURCES.get(key)?.(call, target);
  return value === undefined ? undefined : [value];
}

export function arnOfUser(name: string): string {
  return `arn:aws:iam::${ACCOUNT_ID}:user/${name}`;
}

/** Of IPv4 that comes over an IPv6 socket, the IPv4 address. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return isIPv6(address) && mapped !== undefined ? mapped : address;
}

/** Begun days count: what is kept for ten days from now has ten. */
function remainingDays({ headers, nowMs }: Call): string | undefined {
  const until = headers['x-amz-object-lock-retain-until-date'];
  if (until === undefined) return undefined;
  return String(Math.ceil((parseRetainUntil(until, nowMs) - nowMs) / DAY_MS));
}

/** Read by the same code as the operation reads them: what is judged is what is stored. */
function tagsOfRequest(
  { headers }: Call,
  { requestTags }: PolicyTarget,
): ReadonlyMap<string, string> {
  if (requestTags !== undefined) return new Map(Object.entries(requestTags));
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  // A copy takes them from the header only where it says so: else that would be for show.
  if (isCopy && headers['x-amz-tagging-directive'] !== 'REPLACE') return new Map();
  return new Map(Object.entries(readTaggingHeader(headers['x-amz-tagging'])));
}

function existingTag(call: Call, target: PolicyTarget, tag: string): string | undefined {
  const { bucket, key, versionId } = target;
  const version: ObjectVersion | undefined =
    versionId === undefined
      ? call.catalog.latest(bucket, key)
      : call.catalog.version(bucket, key, versionId);
  return version && Object.hasOwn(version.tags, tag) ? version.tags[tag] : undefined;
}
