/**
 * GetObject and HeadObject.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { readCustomerKey } from '../../encryption/customer-key.ts';
import type { DataKey } from '../../encryption/keyring.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { checksumHeader, checksumHeaders, objectHeaders } from '../answer-headers.ts';
import type { Headers } from '../answer-headers.ts';
import { contentRange } from '../byte-range.ts';
import { findVersion, versionHeaders } from '../find-version.ts';
import { assertReadable } from '../preconditions.ts';
import { readObject } from '../read-object.ts';
import { OVERRIDES, responseOverrides } from './response-overrides.ts';
import { selectStretch } from './select-stretch.ts';
import type { Stretch } from './select-stretch.ts';

const SHARED = {
  action: (call: Call) => (call.query.has('versionId') ? 's3:GetObjectVersion' : 's3:GetObject'),
  level: 'object',
  selectors: [],
  parameters: ['versionId', 'partNumber', ...OVERRIDES],
  effect: 'reads',
} as const;

export const getObject: Operation = { name: 'GetObject', method: 'GET', ...SHARED, run: get };

export const headObject: Operation = { name: 'HeadObject', method: 'HEAD', ...SHARED, run: head };

async function get(call: Call): Promise<Reply> {
  const { version, stretch, reply } = select(call);
  // A KMS may take longer to answer than what was overwritten is kept.
  using _ = call.extents.hold(version.extents);
  const dataKey = await openKey(call, version);
  const { giveBack } = call.extents;
  return { ...reply, body: readSmall(call, version, stretch, dataKey), giveBack };
}

/** What is in the catalog is read at once; all else while it is sent. */
function readSmall(
  call: Call,
  version: ObjectVersion,
  stretch: Stretch,
  dataKey: DataKey,
): Buffer | AsyncIterable<Buffer> {
  const [extent, ...more] = version.extents;
  if (!extent?.isInline || more.length > 0) return read(call, version, stretch, dataKey);
  using key = dataKey;
  return call.extents.readInline(extent, key.bytes, stretch.range);
}

/**
 * Its first piece is there before the answer begins: what is damaged up to there is an error with a
 * status.
 */
async function* read(
  call: Call,
  version: ObjectVersion,
  { range }: Stretch,
  dataKey: DataKey,
): AsyncGenerator<Buffer> {
  // By the reading itself, which may never begin: then nothing stays held.
  using _ = call.extents.hold(version.extents);
  using key = dataKey;
  yield* readObject(call.extents, version, key.bytes, range);
}

async function head(call: Call): Promise<Reply> {
  const { version, reply } = select(call);
  // A customer's key is verified; the KMS is not asked.
  const isCustomers = version.encryption.kind === 'sse-c' || readCustomerKey(call) !== undefined;
  if (isCustomers) (await openKey(call, version))[Symbol.dispose]();
  return reply;
}

function openKey(call: Call, version: ObjectVersion): Promise<DataKey> {
  return call.keyring.open(version, version.encryption, readCustomerKey(call));
}

interface Selected {
  readonly version: ObjectVersion;
  readonly stretch: Stretch;
  /** Without its body. */
  readonly reply: Reply;
}

function select(call: Call): Selected {
  const bucket = requireBucket(call);
  const versionId = call.query.get('versionId');
  const version = findVersion(call.catalog, { bucket, key: call.key, versionId });
  const headers = { ...objectHeaders(version), ...versionHeaders(bucket, version) };
  assertReadable(call, version, () => cacheHeaders(headers));
  const stretch = selectStretch(call, version);
  const { range, isPartial } = stretch;
  return {
    version,
    stretch,
    reply: {
      status: isPartial ? 206 : 200,
      headers: {
        ...headers,
        ...stretchHeaders(call, version, stretch),
        ...responseOverrides(call),
      },
      contentLength: range.end - range.start,
    },
  };
}

function stretchHeaders(call: Call, version: ObjectVersion, stretch: Stretch): Headers {
  const { range, isPartial, part } = stretch;
  return {
    ...(isPartial && { 'content-range': contentRange(range, version.sizeBytes) }),
    ...(call.query.has('partNumber') &&
      version.parts && { 'x-amz-mp-parts-count': String(version.parts.length) }),
    ...(wantsChecksum(call) && stretchChecksum(version, range, part)),
  };
}

function wantsChecksum(call: Call): boolean {
  return call.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED';
}

/** Clients verify what they get by it: the checksum of the whole is none of a piece. */
function stretchChecksum(
  version: ObjectVersion,
  range: Stretch['range'],
  part: Stretch['part'],
): Headers {
  const { checksum, sizeBytes } = version;
  if (checksum === undefined) return {};
  if (part !== undefined) {
    return {
      'x-amz-checksum-type': checksum.type,
      ...(part.checksum !== undefined && { [checksumHeader(checksum.algorithm)]: part.checksum }),
    };
  }
  const isWhole = range.start === 0 && range.end === sizeBytes;
  return isWhole ? checksumHeaders(checksum) : {};
}

/** What a 304 repeats. */
function cacheHeaders(headers: Headers): Headers {
  const names = ['etag', 'last-modified', 'cache-control', 'expires', 'x-amz-version-id'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
}
