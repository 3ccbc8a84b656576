/**
 * XML documents that clients send, as plain trees: small, without document types and entities of their own.
 * @module
 */
import { parseXml, XmlElement, XmlText } from '@rgrove/parse-xml';
import { S3Error } from './s3-error.ts';

/** More than any document of S3 has. */
const DEPTH_MAX = 20;

/** Start and end tags of one document: 10,000 parts of a CompleteMultipartUpload have 18 each at most. */
const TAGS_MAX = 200_000;

export interface XmlTree {
  readonly name: string;
  /** Its own text, without that of its children. */
  readonly text: string;
  readonly children: readonly XmlTree[];
  /** Attributes by the name they are written with, such as `xsi:type`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * @param rootName name of the element that has to be the document's
 * @throws S3Error `MalformedXML`
 */
export function readXml(bytes: Uint8Array, rootName: string): XmlTree {
  const text = decoded(bytes);
  checkShape(text);
  return parsed(text, rootName);
}

/** @throws S3Error `MalformedXML` where there are several */
export function childOf(tree: XmlTree, name: string): XmlTree | undefined {
  const found = childrenOf(tree, name);
  if (found.length > 1) throw malformed();
  return found[0];
}

export function childrenOf(tree: XmlTree, name: string): readonly XmlTree[] {
  return tree.children.filter((one) => one.name === name);
}

/**
 * Text of a child that has no children of its own.
 * @throws S3Error `MalformedXML`
 */
export function textOf(tree: XmlTree, name: string): string | undefined {
  const child = childOf(tree, name);
  if (child === undefined) return undefined;
  if (child.children.length > 0) throw malformed();
  return child.text;
}

/**
 * As `textOf`, of a child that has to be there.
 * @throws S3Error `MalformedXML`
 */
export function requiredText(tree: XmlTree, name: string): string {
  const text = textOf(tree, name);
  if (text === undefined) throw malformed();
  return text;
}

export function malformed(cause?: unknown): S3Error {
  const message =
    'The XML you provided was not well-formed or did not validate against our published schema';
  return new S3Error('MalformedXML', message, cause === undefined ? {} : { cause });
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed(cause);
  }
}

/** Before the parser sees it. */
function checkShape(text: string): void {
  if (text.includes('<!DOCTYPE')) throw malformed();
  let elements = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    if (++elements > TAGS_MAX) throw malformed();
  }
}

function parsed(text: string, rootName: string): XmlTree {
  try {
    const { root } = parseXml(text);
    if (root?.name === rootName) return treeOf(root, 1);
  } catch (cause) {
    // Also what is nested so deep that the parser, which recurses, runs out of stack.
    throw malformed(cause);
  }
  throw malformed();
}

function treeOf(node: XmlElement, depth: number): XmlTree {
  if (depth > DEPTH_MAX) throw new RangeError('nested too deep');
  const children: XmlTree[] = [];
  let text = '';
  for (const child of node.children) {
    if (child instanceof XmlElement) children.push(treeOf(child, depth + 1));
    else if (child instanceof XmlText) text += child.text;
  }
  return { name: node.name, text, children, attributes: node.attributes };
}
