/**
 * Reads a lifecycle configuration. What is not understood is refused: a condition that is skipped in silence would
 * delete more than was meant.
 * Source: AWS, "PutBucketLifecycleConfiguration", "Lifecycle configuration elements".
 * @module
 */
import { childOf, childrenOf, malformed, readXml, textOf } from '../protocol/read-xml.ts';
import type { XmlTree } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Expiration, LifecycleRule, NoncurrentExpiration } from './lifecycle-rule.ts';
import { parseFilter } from './parse-filter.ts';

/** As AWS's. */
const RULES_MAX = 1000;
const ID_LENGTH_MAX = 255;
const DAYS_MAX = 2_147_483_647;
const KEPT_VERSIONS_MAX = 100;
const DAY_MS = 86_400_000;

const PARTS = [
  'ID',
  'Status',
  'Filter',
  'Prefix',
  'Expiration',
  'NoncurrentVersionExpiration',
  'AbortIncompleteMultipartUpload',
];

/**
 * @param newId gives rules that have no id one
 * @throws S3Error `MalformedXML`, `InvalidArgument`, `InvalidRequest`, `NotImplemented` for transitions
 */
export function parseLifecycle(document: Uint8Array, newId: () => string): LifecycleRule[] {
  const root = readXml(document, 'LifecycleConfiguration');
  const rules = childrenOf(root, 'Rule');
  const isWhole = rules.length === root.children.length;
  if (!isWhole || rules.length === 0 || rules.length > RULES_MAX) throw malformed();
  const parsed = rules.map((rule) => parseRule(rule, newId));
  if (new Set(parsed.map(({ id }) => id)).size === parsed.length) return parsed;
  throw new S3Error(
    'InvalidArgument',
    'Rule ID must be unique. Found same ID for more than one rule',
  );
}

function parseRule(rule: XmlTree, newId: () => string): LifecycleRule {
  requireParts(rule, PARTS);
  const filter = parseFilter(rule);
  const expiration = parseExpiration(childOf(rule, 'Expiration'));
  const noncurrent = parseNoncurrent(childOf(rule, 'NoncurrentVersionExpiration'));
  const abortUploadDays = parseAbort(childOf(rule, 'AbortIncompleteMultipartUpload'));
  if (!expiration && !noncurrent && abortUploadDays === undefined) {
    throw new S3Error('InvalidRequest', 'At least one action needs to be specified in a rule');
  }
  const { sizeAboveBytes, sizeBelowBytes } = filter;
  const asksForTags = Object.keys(filter.tags).length > 0;
  const asksForSize = sizeAboveBytes !== undefined || sizeBelowBytes !== undefined;
  if (abortUploadDays !== undefined && (asksForTags || asksForSize)) {
    throw new S3Error(
      'InvalidRequest',
      'AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes',
    );
  }
  if (expiration?.kind === 'expired-marker' && (asksForTags || asksForSize)) {
    throw new S3Error(
      'InvalidRequest',
      'ExpiredObjectDeleteMarker cannot be specified with Tags or object sizes',
    );
  }
  const isEnabled = readStatus(textOf(rule, 'Status'));
  const id = readId(textOf(rule, 'ID')) ?? newId();
  return { id, isEnabled, filter, expiration, noncurrent, abortUploadDays };
}

/** Refuses what is not among `known`: transitions as what this server has not, the rest as no XML of S3. */
function requireParts(tree: XmlTree, known: readonly string[]): void {
  for (const { name } of tree.children) {
    if (name === 'Transition' || name === 'NoncurrentVersionTransition') {
      throw new S3Error('NotImplemented', 'This server has one storage class: no transitions');
    }
    if (!known.includes(name)) throw malformed();
  }
}

function readStatus(text: string | undefined): boolean {
  if (text === 'Enabled' || text === 'Disabled') return text === 'Enabled';
  throw malformed();
}

function readId(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (text.length <= ID_LENGTH_MAX) return text;
  throw new S3Error('InvalidArgument', 'ID length should not exceed allowed limit of 255');
}

function parseExpiration(tree: XmlTree | undefined): Expiration | undefined {
  if (tree === undefined) return undefined;
  requireParts(tree, ['Days', 'Date', 'ExpiredObjectDeleteMarker']);
  const days = textOf(tree, 'Days');
  const date = textOf(tree, 'Date');
  const marker = textOf(tree, 'ExpiredObjectDeleteMarker');
  if ([days, date, marker].filter((one) => one !== undefined).length !== 1) throw malformed();
  if (days !== undefined) return { kind: 'days', days: readDays(days, 'Days') };
  if (date !== undefined) return { kind: 'date', dateMs: readDate(date) };
  if (marker === 'true') return { kind: 'expired-marker' };
  if (marker === 'false') return undefined;
  throw malformed();
}

function parseNoncurrent(tree: XmlTree | undefined): NoncurrentExpiration | undefined {
  if (tree === undefined) return undefined;
  requireParts(tree, ['NoncurrentDays', 'NewerNoncurrentVersions']);
  const days = readDays(textOf(tree, 'NoncurrentDays'), 'NoncurrentDays');
  const kept = textOf(tree, 'NewerNoncurrentVersions');
  if (kept === undefined) return { days, keptVersions: 0 };
  if (/^[1-9]\d{0,2}$/.test(kept) && Number(kept) <= KEPT_VERSIONS_MAX) {
    return { days, keptVersions: Number(kept) };
  }
  throw new S3Error('InvalidArgument', "'NewerNoncurrentVersions' must be from 1 to 100");
}

function parseAbort(tree: XmlTree | undefined): number | undefined {
  if (tree === undefined) return undefined;
  requireParts(tree, ['DaysAfterInitiation']);
  return readDays(textOf(tree, 'DaysAfterInitiation'), 'DaysAfterInitiation');
}

function readDays(text: string | undefined, what: string): number {
  if (text === undefined) throw malformed();
  if (/^[1-9]\d{0,9}$/.test(text) && Number(text) <= DAYS_MAX) return Number(text);
  throw new S3Error('InvalidArgument', `'${what}' must be a positive integer`);
}

/** Midnight UTC, as AWS has it. */
function readDate(text: string): number {
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const dateMs = isDate ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(dateMs)) throw malformed();
  if (dateMs % DAY_MS === 0) return dateMs;
  throw new S3Error('InvalidArgument', "'Date' must be at midnight GMT");
}
