import { describe, expect, it } from 'vitest';
import { readObjectHeaders } from '../../../../src/servers/s3/objects/object-headers.ts';
import { readTaggingHeader } from '../../../../src/servers/s3/objects/tagging/parse-tags.ts';
import { parseTagging } from '../../../../src/servers/s3/objects/tagging/parse-tagging.ts';

const read = (headers: Record<string, string>) => readObjectHeaders({ headers });
const failing = (code: string): unknown => expect.objectContaining({ code });

describe('readObjectHeaders', () => {
  it('keeps what belongs to the object, and nothing else', () => {
    const headers = {
      host: 'here',
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'content-language': 'de',
      'content-disposition': 'attachment',
      expires: 'tomorrow',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-website-redirect-location': '/there',
    };
    const { host: _, ...kept } = headers;
    expect(read({ ...headers, 'x-amz-meta-color': 'red' })).toEqual({
      headers: kept,
      metadata: { color: 'red' },
      tags: {},
    });
  });

  it.each([
    ['aws-chunked', undefined],
    ['aws-chunked,gzip', 'gzip'],
    ['gzip, AWS-chunked', 'gzip'],
    ['gzip, br', 'gzip,br'],
  ])('takes how the request was sent out of Content-Encoding %j', (sent, kept) => {
    expect(read({ 'content-encoding': sent }).headers['content-encoding']).toBe(kept);
  });

  it('takes two KiB of metadata and no byte more', () => {
    const name = 'x-amz-meta-abcd';
    expect(read({ [name]: 'x'.repeat(2044) }).metadata['abcd']).toHaveLength(2044);
    expect(() => read({ [name]: 'x'.repeat(2045) })).toThrow(failing('MetadataTooLarge'));
  });

  it('keeps metadata with names that objects have by themselves', () => {
    const { metadata } = read({ 'x-amz-meta-__proto__': 'a', 'x-amz-meta-constructor': 'b' });
    expect(JSON.parse(JSON.stringify(metadata))).toEqual(
      JSON.parse('{"__proto__":"a","constructor":"b"}'),
    );
  });

  it.each([
    [{ 'x-amz-meta-a b': 'c' }],
    [{ 'x-amz-meta-': 'c' }],
    [{ 'x-amz-meta-a': 'c\r\nd: e' }],
    [{ 'x-amz-meta-a': '€' }],
    [{ 'content-type': 'text/plain\u0000' }],
  ])('refuses %j, which could not be sent again', (headers) => {
    expect(() => read(headers)).toThrow(failing('InvalidArgument'));
  });

  it('does not say STANDARD, which is what is not said', () => {
    expect(read({ 'x-amz-storage-class': 'STANDARD' }).headers).toEqual({});
  });

  it.each(['GLACIER', 'DEEP_ARCHIVE', 'standard', 'EXPRESS_ONEZONE', ''])(
    'refuses storage class %j',
    (name) =>
      expect(() => read({ 'x-amz-storage-class': name })).toThrow(failing('InvalidStorageClass')),
  );

  it.each([
    { 'x-amz-acl': 'public-read' },
    { 'x-amz-grant-read': 'uri="all"' },
    { 'x-amz-write-offset-bytes': '0' },
  ])('does not pretend to understand %j', (headers) => {
    expect(() => read(headers)).toThrow(failing('NotImplemented'));
  });

  it('understands the ACLs that change nothing', () => {
    expect(read({ 'x-amz-acl': 'private' }).headers).toEqual({});
    expect(read({ 'x-amz-acl': 'bucket-owner-full-control' }).headers).toEqual({});
  });

  it('refuses a redirect to what is no address', () => {
    expect(() => read({ 'x-amz-website-redirect-location': 'javascript:1' })).toThrow(
      failing('InvalidArgument'),
    );
  });
});

describe('tags', () => {
  it('come in a header, percent-encoded', () => {
    expect(readTaggingHeader('a=b&c+d=e%2Ff&g')).toEqual({ a: 'b', 'c d': 'e/f', g: '' });
    expect(readTaggingHeader('k%C3%A4se=%E2%82%AC'.replace('%E2%82%AC', 'ja'))).toEqual({
      käse: 'ja',
    });
    expect(readTaggingHeader(undefined)).toEqual({});
  });

  const eleven = Array.from({ length: 11 }, (_, number) => `k${number}=v`).join('&');
  it.each([
    ['eleven of them', eleven],
    ['two of one name', 'a=1&a=2'],
    ['a long name', `${'k'.repeat(129)}=v`],
    ['a long value', `k=${'v'.repeat(257)}`],
    ['no name', '=v'],
    ['a name of the system', 'aws:x=1'],
    ['a control character', 'a=%00'],
    ['an exclamation mark', 'a!=b'],
  ])('are refused with %s', (_, header) => {
    expect(() => readTaggingHeader(header)).toThrow(failing('InvalidTag'));
  });

  it.each(['a=%', 'a=%zz', 'a=%ff', `a=${'x'.repeat(70_000)}`])(
    'are refused where they are not encoded well',
    (header) => expect(() => readTaggingHeader(header)).toThrow(failing('InvalidArgument')),
  );

  const tag = '<Tag><Key>a</Key><Value>b</Value></Tag>';
  const document = `<Tagging><TagSet>${tag}</TagSet></Tagging>`;

  it('come in a document as well', () => {
    expect(parseTagging(Buffer.from(document))).toEqual({ a: 'b' });
    expect(parseTagging(Buffer.from('<Tagging><TagSet/></Tagging>'))).toEqual({});
  });

  it.each([
    '',
    '<Tagging/>',
    '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>',
    '<Tagging><TagSet/><TagSet/></Tagging>',
    '<Tagging><TagSet><Tag><Key><b/></Key><Value>b</Value></Tag></TagSet></Tagging>',
    `<!DOCTYPE a [<!ENTITY b "c">]>${document}`,
  ])('are refused in the document %j', (text) => {
    expect(() => parseTagging(Buffer.from(text))).toThrow(failing('MalformedXML'));
  });

  it('are refused in a document that is cut off anywhere', () => {
    for (let length = 0; length < document.length; length++) {
      expect(() => parseTagging(Buffer.from(document.slice(0, length)))).toThrow(
        failing('MalformedXML'),
      );
    }
  });
});
