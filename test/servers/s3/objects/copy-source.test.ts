import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCopySource } from '../../../../src/servers/s3/objects/copy/copy-source.ts';

describe('parseCopySource', () => {
  it.each([
    ['box/a', 'box', 'a', undefined],
    ['/box/a', 'box', 'a', undefined],
    ['box%2Fa%2Fb', 'box', 'a/b', undefined],
    ['box//a', 'box', '/a', undefined],
    ['box/../a', 'box', '../a', undefined],
    ['box/a%3FversionId%3Dx', 'box', 'a?versionId=x', undefined],
    ['box/a?versionId=null', 'box', 'a', 'null'],
    ['box/a?b?versionId=c', 'box', 'a?b', 'c'],
    ['box/a+b%2Bc', 'box', 'a+b+c', undefined],
    ['box/k%C3%A4se', 'box', 'käse', undefined],
    [Buffer.from('box/käse').toString('latin1'), 'box', 'käse', undefined],
  ])('reads %j', (header, bucket, key, versionId) => {
    expect(parseCopySource(header)).toEqual({ bucket, key, versionId });
  });

  it.each(['', '/', 'box', 'box/', '/box/', '//a', 'box/%', 'box/%ff', `box/${'k'.repeat(1025)}`])(
    'refuses %j',
    (header) =>
      expect(() => parseCopySource(header)).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      ),
  );

  it('knows no access points', () => {
    expect(() => parseCopySource('arn:aws:s3:us-east-1:0:accesspoint/a/object/b')).toThrow(
      expect.objectContaining({ code: 'NotImplemented' }),
    );
  });

  it('gives back any key that was encoded', () => {
    const keys = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(keys, fc.option(fc.constantFrom('null', '0a'.repeat(16))), (key, versionId) => {
        const query = versionId === null ? '' : `?versionId=${versionId}`;
        expect(parseCopySource(`box/${encodeURIComponent(key)}${query}`)).toEqual({
          bucket: 'box',
          key,
          versionId: versionId ?? undefined,
        });
      }),
    );
  });
});
