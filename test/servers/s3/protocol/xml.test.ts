import { parseXml } from '@rgrove/parse-xml';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  childOf,
  childrenOf,
  readXml,
  requiredText,
  textOf,
} from '../../../../src/servers/s3/protocol/read-xml.ts';
import {
  element,
  optionalElement,
  plainDocument,
  xmlDocument,
} from '../../../../src/servers/s3/protocol/xml.ts';

const read = (text: string) => readXml(Buffer.from(text), 'Tagging');

describe('a document that is written', () => {
  test('has its declaration, namespace and elements in order', () => {
    const tags = [element('Tag', [element('Key', 'a'), optionalElement('Value', undefined)])];
    const text = xmlDocument('Tagging', [element('TagSet', tags), element('Empty')]);
    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<TagSet><Tag><Key>a</Key></Tag></TagSet><Empty/></Tagging>',
    );
  });

  test('reads back as what was written, whatever it was', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 50 });
    fc.assert(
      fc.property(texts, texts, (key, value) => {
        const isXml = (text: string): boolean =>
          !/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text);
        fc.pre(isXml(key) && isXml(value));
        const written = plainDocument('Tagging', [element('Key', key, { note: value })]);
        const tree = readXml(Buffer.from(written), 'Tagging');
        expect(textOf(tree, 'Key')).toBe(key);
      }),
    );
  });

  test('cannot be broken out of', () => {
    const text = plainDocument('Error', element('Key', ']]><script>&"\'</Key>', { a: '"><x/>' }));
    expect(parseXml(text).root?.children.length).toBe(1);
    expect(text).not.toContain('<script>');
  });

  test('writes control characters as references, as AWS does', () => {
    expect(element('Key', 'a\u0001\r\u0000\u007fb').xml).toBe('<Key>a&#x1;&#xd;&#x0;&#x7f;b</Key>');
  });
});

describe('a document that is read', () => {
  test('gives its children, texts and attributes', () => {
    const tree = read(
      '<?xml version="1.0"?><Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<!-- hi --><TagSet><Tag><Key>a&amp;b</Key><Value><![CDATA[<x>]]></Value></Tag>' +
        '<Tag a:t="1"><Key>c</Key></Tag></TagSet></Tagging>',
    );
    const set = childOf(tree, 'TagSet');
    const tags = set === undefined ? [] : childrenOf(set, 'Tag');
    expect(tags.map((tag) => [requiredText(tag, 'Key'), textOf(tag, 'Value')])).toEqual([
      ['a&b', '<x>'],
      ['c', undefined],
    ]);
    expect(tags[1]?.attributes).toEqual({ 'a:t': '1' });
  });

  const bomb =
    '<!DOCTYPE Tagging [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' +
    '<Tagging>&b;</Tagging>';
  const refused: readonly (readonly [what: string, text: string])[] = [
    ['nothing', ''],
    ['no XML', 'hello'],
    ['another root', '<Other/>'],
    ['two roots', '<Tagging/><Tagging/>'],
    ['an element that is not closed', '<Tagging><TagSet>'],
    ['elements that are crossed', '<Tagging><a><b></a></b></Tagging>'],
    ['a document type with entities', bomb],
    ['a document type elsewhere', '<!DOCTYPE Tagging SYSTEM "file:///etc/passwd"><Tagging/>'],
    ['an entity of its own', '<Tagging>&x;</Tagging>'],
    ['a reference to what is no character', '<Tagging>&#0;</Tagging>'],
    ['elements in elements without end', '<Tagging>' + '<a>'.repeat(400_000)],
    ['deep elements', `<Tagging>${'<a>'.repeat(50)}${'</a>'.repeat(50)}</Tagging>`],
    ['very many elements', `<Tagging>${'<a/>'.repeat(250_000)}</Tagging>`],
    ['an attribute twice', '<Tagging a="1" a="2"/>'],
  ];
  test.each(refused)('%s is refused', (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  });

  test('bytes that are no UTF-8 are refused', () => {
    const bytes = Buffer.concat([
      Buffer.from('<Tagging>'),
      Buffer.of(0xff),
      Buffer.from('</Tagging>'),
    ]);
    expect(() => readXml(bytes, 'Tagging')).toThrow(
      expect.objectContaining({ code: 'MalformedXML' }),
    );
  });

  test('is refused wherever it is cut short', () => {
    const text =
      '<?xml version="1.0"?><Tagging><TagSet a="b"><Key>a&amp;b</Key></TagSet></Tagging>';
    for (let length = 0; length < text.length; length++) {
      expect(() => read(text.slice(0, length)), `${length}`).toThrow(
        expect.objectContaining({ code: 'MalformedXML' }),
      );
    }
  });

  test('an element where there may be one, twice, is refused', () => {
    const tree = read('<Tagging><Key>a</Key><Key>b</Key><In><In/></In></Tagging>');
    expect(() => childOf(tree, 'Key')).toThrow();
    expect(() => textOf(tree, 'In')).toThrow();
    expect(() => requiredText(tree, 'Value')).toThrow();
  });

  test('a megabyte of anything is read or refused within seconds', () => {
    const kinds = ['<a b="c"/>', '<!-- -', '<![CDATA[', '&amp;', '<a ', 'x ', '<?a ?>', ']]', '"'];
    for (const kind of kinds) {
      const startMs = performance.now();
      const body = kind.repeat(Math.floor(1_000_000 / kind.length));
      try {
        read(`<Tagging>${body}</Tagging>`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'MalformedXML' });
      }
      expect(performance.now() - startMs, kind).toBeLessThan(10_000);
    }
  });
});
