/**
 * ListBuckets: those that the caller's key reaches.
 * @module
 */
import { decodeContinuationToken, encodeContinuationToken } from '../listing/continuation-token.ts';
import type { Bucket } from '../model/bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, optionalElement, xmlDocument } from '../protocol/xml.ts';
import { OWNER_ID, OWNER_NAME } from './account.ts';

/** As AWS's. */
const PAGE_MAX = 10_000;

export const listBuckets: Operation = {
  name: 'ListBuckets',
  action: 's3:ListAllMyBuckets',
  level: 'service',
  method: 'GET',
  selectors: [],
  parameters: ['max-buckets', 'continuation-token', 'prefix', 'bucket-region'],
  effect: 'reads',
  run: list,
};

async function list(call: Call): Promise<Reply> {
  const prefix = call.query.get('prefix');
  const limit = readLimit(call.query.get('max-buckets'));
  const token = call.query.get('continuation-token');
  const after = token === undefined ? '' : decodeContinuationToken(token);
  const rest = reachableBuckets(call).filter(({ name }) => {
    return name > after && name.startsWith(prefix ?? '');
  });
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const next =
    last !== undefined && rest.length > limit ? encodeContinuationToken(last.name) : undefined;
  const content = [
    element('Owner', [element('ID', OWNER_ID), element('DisplayName', OWNER_NAME)]),
    element(
      'Buckets',
      page.map((bucket) => describe(bucket, call.region)),
    ),
    optionalElement('ContinuationToken', next),
    optionalElement('Prefix', prefix),
  ];
  return { status: 200, body: xmlDocument('ListAllMyBucketsResult', content) };
}

/** Of another region there are none. */
function reachableBuckets({ catalog, principal, query, region }: Call): readonly Bucket[] {
  if ((query.get('bucket-region') ?? region) !== region) return [];
  if (principal.scopes.length === 0) return catalog.buckets();
  const names = new Set(principal.scopes.map(({ bucket }) => bucket));
  return catalog.buckets().filter(({ name }) => names.has(name));
}

function describe({ name, createdMs }: Bucket, region: string) {
  return element('Bucket', [
    element('Name', name),
    element('CreationDate', new Date(createdMs).toISOString()),
    element('BucketRegion', region),
  ]);
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return PAGE_MAX;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE_MAX) return limit;
  throw new S3Error('InvalidArgument', `max-buckets must be a number from 1 to ${PAGE_MAX}`, {
    detail: { ArgumentName: 'max-buckets', ArgumentValue: text },
  });
}
