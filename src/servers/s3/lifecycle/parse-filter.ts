/**
 * Reads which objects a rule of a lifecycle is about.
 * @module
 */
import { checkedTags } from '../objects/tagging/parse-tags.ts';
import { childOf, childrenOf, malformed, requiredText, textOf } from '../protocol/read-xml.ts';
import type { XmlTree } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { LifecycleFilter } from './lifecycle-rule.ts';

const PREFIX_BYTES_MAX = 1024;
const CONDITIONS = ['Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'];

/**
 * `Filter` with one condition, or with several in an `And`, or none; or a `Prefix` in the rule itself, as it was
 * before there were filters.
 * @throws S3Error `MalformedXML`, `InvalidTag`, `InvalidArgument`
 */
export function parseFilter(rule: XmlTree): LifecycleFilter {
  const filter = childOf(rule, 'Filter');
  const prefix = childOf(rule, 'Prefix');
  if ((filter === undefined) === (prefix === undefined)) throw malformed();
  if (filter === undefined) return parseConditions({ ...rule, children: prefix ? [prefix] : [] });
  if (filter.children.length > 1) throw malformed();
  return parseConditions(childOf(filter, 'And') ?? filter);
}

function parseConditions(tree: XmlTree): LifecycleFilter {
  if (tree.children.some(({ name }) => !CONDITIONS.includes(name))) throw malformed();
  const prefix = textOf(tree, 'Prefix') ?? '';
  if (Buffer.byteLength(prefix) > PREFIX_BYTES_MAX) {
    throw new S3Error('InvalidRequest', 'The maximum size of a prefix is 1024.');
  }
  const tags = childrenOf(tree, 'Tag').map((tag) => {
    return [requiredText(tag, 'Key'), requiredText(tag, 'Value')] as const;
  });
  const sizeAboveBytes = readSize(textOf(tree, 'ObjectSizeGreaterThan'));
  const sizeBelowBytes = readSize(textOf(tree, 'ObjectSizeLessThan'));
  if (sizeBelowBytes !== undefined && sizeBelowBytes <= (sizeAboveBytes ?? -1) + 1) {
    throw new S3Error(
      'InvalidRequest',
      "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'",
    );
  }
  return { prefix, tags: checkedTags(tags), sizeAboveBytes, sizeBelowBytes };
}

function readSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new S3Error('InvalidArgument', 'An object size must be a whole number of bytes');
}
