/**
 * Versions of objects, page by page: of all under a prefix, or of some keys, skipping what lies between.
 * @module
 */
import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { AppError } from '../../../base/failure.ts';
import type { ObjectHistory, ObjectVersion } from '../../port.ts';
import { withRetries } from '../../retry.ts';
import { decodeName, notAListing } from '../listing.ts';
import type { S3Requests } from '../requests.ts';
import { ListObjectVersionsCommand } from '../client/sdk.ts';

/** Of one key at most so many are held in memory: the newest, and the oldest. */
export const VERSIONS_HELD = 10_000;

/** What a listing tells of one key. */
export interface KeyVersions {
  readonly key: string;
  /** Newest first. */
  readonly versions: ObjectVersion[];
  readonly markers: ObjectVersion[];
  /** Absent where the server names none. */
  latest?: ObjectVersion;
}

interface Marker {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

interface Page {
  /** By key, in order. The last one may go on in the next page. */
  readonly keys: Map<string, KeyVersions>;
  /** Where the next page begins; absent after the last one. */
  readonly next?: Required<Marker> | { readonly KeyMarker: string };
}

/** Every key under a prefix of ours, once. */
export async function* listVersions(
  requests: S3Requests,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<KeyVersions> {
  let marker: Marker = {};
  let open: KeyVersions | undefined;
  for (;;) {
    const page = await fetchPage(requests, prefix, marker, signal);
    for (const found of page.keys.values()) {
      if (open?.key === found.key) open = joined(open, found);
      else {
        if (open) yield open;
        open = found;
      }
    }
    if (!page.next) break;
    marker = page.next;
  }
  if (open) yield open;
}

/**
 * What there is of the keys given, which are sorted and distinct. Never needs more requests than there are
 * keys, nor more than going through everything between them would.
 */
export async function* findVersions(
  requests: S3Requests,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<KeyVersions> {
  const prefix = commonStart(keys);
  const wanted = keys.values();
  let marker: Marker = {};
  let open: KeyVersions | undefined;
  let next = wanted.next();
  while (!next.done) {
    const page = await fetchPage(requests, prefix, marker, signal);
    const end = page.next && page.next.KeyMarker;
    for (; !next.done; next = wanted.next()) {
      const key = next.value;
      const found = page.keys.get(key);
      if (found) open = open ? joined(open, found) : found;
      if (end !== undefined && requests.fullKey(key) >= end) break;
      if (open) yield open;
      open = undefined;
    }
    if (!page.next || next.done) break;
    // Before the key that is wanted next, and after nothing that may still be wanted.
    const before = requests.fullKey(next.value).slice(0, -1);
    marker = !open && before > page.next.KeyMarker ? { KeyMarker: before } : page.next;
  }
}

/** The history of an object as others see it; `undefined` where nothing but delete markers is left. */
export function historyOf(found: KeyVersions): ObjectHistory | undefined {
  const { key, versions, markers } = found;
  const first = versions.at(-1);
  if (!first) return undefined;
  const current = found.latest ?? versions[0] ?? first;
  return { key, first, current, others: [...markers, ...versions.slice(0, -1)] };
}

async function fetchPage(
  requests: S3Requests,
  prefix: string,
  marker: Marker,
  signal: AbortSignal | undefined,
): Promise<Page> {
  const { client, settings } = requests;
  const base = requests.fullKey('');
  const command = new ListObjectVersionsCommand({
    Bucket: settings.bucket,
    Prefix: `${base}${prefix}`,
    EncodingType: 'url',
    ...marker,
  });
  const doing = `list versions of ${prefix === '' ? 'what is' : prefix} in ${settings.location}`;
  const page = await withRetries(
    () => requests.run(doing, signal, (options) => client.send(command, options)),
    requests.retryOptions(),
    signal,
  );
  if (page.IsTruncated === undefined) throw notAListing(settings.host);
  const next = nextMarker(page, marker, settings.host);
  return { keys: keysOf(page, base), ...(next && { next }) };
}

function nextMarker(
  page: ListObjectVersionsCommandOutput,
  before: Marker,
  host: string,
): Page['next'] | undefined {
  if (!page.IsTruncated) return undefined;
  const KeyMarker = nameIn(page, page.NextKeyMarker ?? '');
  const VersionIdMarker = page.NextVersionIdMarker;
  const moved = KeyMarker !== before.KeyMarker || VersionIdMarker !== before.VersionIdMarker;
  if (KeyMarker === '' || !moved) {
    throw new AppError('store/rejected', `${host} does not go on with a listing it cut short`);
  }
  return VersionIdMarker ? { KeyMarker, VersionIdMarker } : { KeyMarker };
}

function keysOf(page: ListObjectVersionsCommandOutput, base: string): Map<string, KeyVersions> {
  const found = new Map<string, KeyVersions>();
  const at = (name: string): KeyVersions | undefined => {
    if (!name.startsWith(base) || name === base) return undefined;
    const key = name.slice(base.length);
    const known = found.get(key) ?? { key, versions: [], markers: [] };
    found.set(key, known);
    return known;
  };
  const { Versions = [], DeleteMarkers = [] } = page;
  for (const listed of Versions) {
    const known = at(nameIn(page, listed.Key ?? ''));
    if (!known || !listed.VersionId) continue;
    const { VersionId, LastModified, Size = 0, ETag } = listed;
    const version = described(known.key, VersionId, LastModified, Size, ETag);
    known.versions.push(version);
    if (listed.IsLatest) known.latest = version;
  }
  for (const { Key, VersionId, LastModified, IsLatest } of DeleteMarkers) {
    const known = at(nameIn(page, Key ?? ''));
    if (!known || !VersionId) continue;
    const marker = { ...described(known.key, VersionId, LastModified, 0), isDeleteMarker: true };
    known.markers.push(marker);
    if (IsLatest) known.latest = marker;
  }
  if (Versions.length === 0 || DeleteMarkers.length === 0) return found;
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function described(
  key: string,
  versionId: string,
  modified: Date | undefined,
  sizeBytes: number,
  etag?: string,
): ObjectVersion {
  const modifiedMs = modified?.getTime();
  return {
    key,
    versionId,
    isDeleteMarker: false,
    sizeBytes,
    ...(modifiedMs !== undefined && Number.isFinite(modifiedMs) && { modifiedMs }),
    ...(etag !== undefined && { etag }),
  };
}

/** Whoever writes one key again and again must not fill our memory: those in the middle come later. */
function joined(open: KeyVersions, more: KeyVersions): KeyVersions {
  const { key, versions, markers } = open;
  if (versions.length >= VERSIONS_HELD) versions.pop();
  for (const version of more.versions) {
    if (versions.length >= VERSIONS_HELD) versions.pop();
    versions.push(version);
  }
  const room = Math.max(0, VERSIONS_HELD - markers.length);
  markers.push(...more.markers.slice(0, room));
  const latest = open.latest ?? more.latest;
  return { key, versions, markers, ...(latest && { latest }) };
}

function nameIn(page: ListObjectVersionsCommandOutput, name: string): string {
  return page.EncodingType === 'url' ? decodeName(name) : name;
}

/** The characters that all of some sorted keys begin with. */
function commonStart(keys: readonly string[]): string {
  const [first = '', last = ''] = [keys[0], keys.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}
