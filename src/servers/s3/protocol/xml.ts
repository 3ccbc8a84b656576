/**
 * XML documents as the server writes them.
 *
 * `element('Key', key)`, `element('Owner', [element('ID', id), …])`; `xmlDocument(root)` is what an answer's body is.
 * @module
 */

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A written element: its text is XML already. */
export interface XmlElement {
  readonly xml: string;
}

/** Texts are escaped; what is undefined is left out. */
export type XmlContent =
  string | number | boolean | undefined | XmlElement | readonly (XmlElement | undefined)[];

/** @param attributes names are written as they are, values escaped */
export function element(
  name: string,
  content?: XmlContent,
  attributes?: Readonly<Record<string, string>>,
): XmlElement {
  const start = attributes === undefined ? name : name + attributeText(attributes);
  const inner = contentText(content);
  return { xml: inner === '' ? `<${start}/>` : `<${start}>${inner}</${name}>` };
}

/** As `element`, and nothing at all where there is no content. */
export function optionalElement(
  name: string,
  content: string | number | boolean | undefined,
): XmlElement | undefined {
  return content === undefined ? undefined : element(name, content);
}

/** A whole document in S3's namespace. */
export function xmlDocument(rootName: string, content: XmlContent): string {
  return `${DECLARATION}${element(rootName, content, { xmlns: NAMESPACE }).xml}`;
}

/** Errors are in no namespace. */
export function plainDocument(rootName: string, content: XmlContent): string {
  return `${DECLARATION}${element(rootName, content).xml}`;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

function contentText(content: XmlContent): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return escaped(content);
  if (typeof content !== 'object') return String(content);
  if ('xml' in content) return content.xml;
  let text = '';
  for (const one of content) if (one !== undefined) text += one.xml;
  return text;
}

function attributeText(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('');
}

// What is no character of XML 1.0 is written as a reference all the same, as AWS does: clients that may meet such
// keys ask for `encoding-type=url`.
// eslint-disable-next-line no-control-regex
const SPECIAL = /[&<>"\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g;

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replace(SPECIAL, (character) => {
    return NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
  });
}
