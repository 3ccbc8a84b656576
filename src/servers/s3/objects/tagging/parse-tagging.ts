/**
 * The `Tagging` document: `<Tagging><TagSet><Tag><Key/><Value/></Tag>…</TagSet></Tagging>`.
 * @module
 */
import { childOf, childrenOf, malformed, readXml, requiredText } from '../../protocol/read-xml.ts';
import { checkedTags } from './parse-tags.ts';
import type { Tags } from './parse-tags.ts';

/** @throws S3Error `MalformedXML`, `InvalidTag` */
export function parseTagging(document: Uint8Array, limit?: number): Tags {
  const set = childOf(readXml(document, 'Tagging'), 'TagSet');
  if (set === undefined) throw malformed();
  const pairs = childrenOf(set, 'Tag').map((tag): [string, string] => {
    return [requiredText(tag, 'Key'), requiredText(tag, 'Value')];
  });
  return checkedTags(pairs, limit);
}
