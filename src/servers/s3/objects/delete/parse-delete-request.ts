/**
 * The `Delete` document of DeleteObjects.
 * @module
 */
import { childrenOf, malformed, readXml, requiredText, textOf } from '../../protocol/read-xml.ts';
import type { XmlTree } from '../../protocol/read-xml.ts';
import { readWriteCondition } from '../preconditions.ts';
import type { WriteCondition } from '../preconditions.ts';

export interface NamedObject {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly condition: WriteCondition;
}

export interface DeleteRequest {
  readonly objects: readonly NamedObject[];
  /** Only what was refused is told. */
  readonly isQuiet: boolean;
}

const OBJECTS_MAX = 1000;
const KEY_BYTES_MAX = 1024;

/** @throws S3Error `MalformedXML` */
export function parseDeleteRequest(document: Uint8Array): DeleteRequest {
  const root = readXml(document, 'Delete');
  const objects = childrenOf(root, 'Object').map(parseObject);
  if (objects.length === 0 || objects.length > OBJECTS_MAX) throw malformed();
  return { objects, isQuiet: textOf(root, 'Quiet')?.trim() === 'true' };
}

function parseObject(tree: XmlTree): NamedObject {
  const key = requiredText(tree, 'Key');
  if (key === '' || Buffer.byteLength(key) > KEY_BYTES_MAX) throw malformed();
  // Conditions of directory buckets: what they would keep must not be deleted.
  if (textOf(tree, 'Size') !== undefined || textOf(tree, 'LastModifiedTime') !== undefined) {
    throw malformed();
  }
  const versionId = textOf(tree, 'VersionId');
  const headers = { 'if-match': textOf(tree, 'ETag') };
  // An empty element is what some clients send for none.
  const named = versionId === undefined || versionId === '' ? undefined : versionId;
  return { key, versionId: named, condition: readWriteCondition({ key, headers }) };
}
