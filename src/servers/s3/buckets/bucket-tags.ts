/**
 * Tags of buckets.
 * @module
 */
import { parseTagging } from '../objects/tagging/parse-tagging.ts';
import { checkedTags } from '../objects/tagging/parse-tags.ts';
import { requireBucket } from './require-bucket.ts';
import type { Bucket } from '../model/bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { childrenOf, malformed, requiredText } from '../protocol/read-xml.ts';
import type { XmlTree } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/xml.ts';

const DOCUMENT_BYTES_MAX = 256 * 1024;

/** As AWS's; objects have at most ten. */
const TAGS_MAX = 50;

const ofTags = { level: 'bucket', selectors: ['tagging'], parameters: [] } as const;

export const bucketTagOperations: readonly Operation[] = [
  {
    ...ofTags,
    name: 'GetBucketTagging',
    action: 's3:GetBucketTagging',
    method: 'GET',
    effect: 'reads',
    run: getTags,
  },
  {
    ...ofTags,
    name: 'PutBucketTagging',
    action: 's3:PutBucketTagging',
    method: 'PUT',
    effect: 'changes',
    run: putTags,
  },
  {
    ...ofTags,
    name: 'DeleteBucketTagging',
    action: 's3:PutBucketTagging',
    method: 'DELETE',
    effect: 'changes',
    run: (call) => setTags(call, undefined),
  },
];

/**
 * The tags of a new bucket, a list of `Tag` elements.
 * @throws S3Error `InvalidTag`, `MalformedXML`
 */
export function readBucketTags(list: XmlTree): NonNullable<Bucket['tags']> {
  const tags = childrenOf(list, 'Tag');
  if (tags.length !== list.children.length) throw malformed();
  const pairs = tags.map((tag) => [requiredText(tag, 'Key'), requiredText(tag, 'Value')] as const);
  return checkedTags(pairs, TAGS_MAX);
}

async function getTags(call: Call): Promise<Reply> {
  const { tags } = requireBucket(call);
  if (tags === undefined) throw new S3Error('NoSuchTagSet', 'The TagSet does not exist');
  const set = Object.entries(tags).map(([key, value]) => {
    return element('Tag', [element('Key', key), element('Value', value)]);
  });
  return { status: 200, body: xmlDocument('Tagging', [element('TagSet', set)]) };
}

async function putTags(call: Call): Promise<Reply> {
  requireBucket(call);
  return setTags(call, parseTagging(await call.document(DOCUMENT_BYTES_MAX), TAGS_MAX));
}

async function setTags(call: Call, tags: Bucket['tags']): Promise<Reply> {
  await call.catalog.write(() => {
    requireBucket(call);
    call.catalog.updateBucket(call.bucket, { tags });
  });
  return { status: 204 };
}
