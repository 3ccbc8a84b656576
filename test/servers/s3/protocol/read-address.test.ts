import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAddress } from '../../../../src/servers/s3/protocol/read-address.ts';
import { isBucketName } from '../../../../src/servers/s3/protocol/bucket-name.ts';

const read = (target: string, host = '127.0.0.1:9000') =>
  readAddress(target, host, ['s3.example.org']);

describe('an address', () => {
  const addresses: readonly (readonly [target: string, level: string, at: string, key: string])[] =
    [
      ['/', 'service', '', ''],
      ['/?x-id=ListBuckets', 'service', '', ''],
      ['/photos', 'bucket', 'photos', ''],
      ['/photos/', 'bucket', 'photos', ''],
      ['/photos/a', 'object', 'photos', 'a'],
      ['/photos//a', 'object', 'photos', '/a'],
      ['/photos/a/', 'object', 'photos', 'a/'],
      ['/photos/../../etc/passwd', 'object', 'photos', '../../etc/passwd'],
      ['/photos/./a', 'object', 'photos', './a'],
      ['/photos/%2e%2e%2f', 'object', 'photos', '../'],
      ['/photos/a%2Fb', 'object', 'photos', 'a/b'],
      ['/photos/a+b', 'object', 'photos', 'a+b'],
      ['/photos/a%20b', 'object', 'photos', 'a b'],
      ['/photos/%00%01%0a', 'object', 'photos', '\0\u0001\n'],
      ['/photos/%25', 'object', 'photos', '%'],
      ['/photos/%E2%82%AC', 'object', 'photos', '€'],
      [`/photos/${Buffer.from('€').toString('latin1')}`, 'object', 'photos', '€'],
      ['/photos/%EF%BB%BFx', 'object', 'photos', '\uFEFFx'],
    ];
  test.each(addresses)('%s', (target, level, bucket, key) => {
    expect(read(target)).toMatchObject({ level, bucket, key });
  });

  test('may name its bucket as the host', () => {
    expect(read('/a/b', 'photos.s3.example.org:9000')).toMatchObject({
      level: 'object',
      bucket: 'photos',
      key: 'a/b',
    });
    expect(read('/', 'My.Photos.S3.Example.ORG')).toMatchObject({ bucket: 'my.photos' });
    expect(read('/', 's3.example.org')).toMatchObject({ level: 'service' });
    expect(read('/photos/a', 'xs3.example.org')).toMatchObject({ bucket: 'photos' });
  });

  const refused: readonly (readonly [target: string, code: string])[] = [
    ['', 'InvalidURI'],
    ['*', 'InvalidURI'],
    ['photos/a', 'InvalidURI'],
    ['http://elsewhere/photos', 'InvalidURI'],
    ['/photos/%', 'InvalidURI'],
    ['/photos/%4', 'InvalidURI'],
    ['/photos/%4g', 'InvalidURI'],
    ['/photos/%ff', 'InvalidURI'],
    ['/photos/%c0%af', 'InvalidURI'],
    ['/photos/%ed%a0%80', 'InvalidURI'],
    ['/photos/a?prefix=%', 'InvalidURI'],
    ['/photos?prefix=%ff', 'InvalidURI'],
    ['/photos?prefix=a&prefix=b', 'InvalidArgument'],
    ['/photos?uploads&uploads', 'InvalidArgument'],
    [`/photos?${'a&'.repeat(5000)}`, 'InvalidURI'],
    ['//a', 'InvalidBucketName'],
    ['/../a', 'InvalidBucketName'],
    ['/Photos', 'InvalidBucketName'],
    ['/photos%2Fa', 'InvalidBucketName'],
    [`/photos/${'x'.repeat(1025)}`, 'KeyTooLongError'],
    [`/photos/${'%E2%82%AC'.repeat(342)}`, 'KeyTooLongError'],
  ];
  test.each(refused)('%s is refused', (target, code) => {
    expect(() => read(target)).toThrow(expect.objectContaining({ code }));
  });

  test('a host that is no bucket is refused', () => {
    expect(() => read('/a', '-.s3.example.org')).toThrow(
      expect.objectContaining({ code: 'InvalidBucketName' }),
    );
  });

  test('gives back every key that was encoded', () => {
    const keys = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(keys, (key) => {
        fc.pre(Buffer.byteLength(key) <= 1024);
        expect(read(`/photos/${encodeURIComponent(key)}`).key).toBe(key);
        const query = `/photos?prefix=${encodeURIComponent(key)}&uploads&delimiter=a+b`;
        expect([...read(query).query]).toEqual([
          ['prefix', key],
          ['uploads', ''],
          ['delimiter', 'a b'],
        ]);
      }),
    );
  });

  test('is an address or a refusal, whatever comes', () => {
    const bytes = fc.string({ unit: 'binary-ascii', maxLength: 60 });
    fc.assert(
      fc.property(bytes, (text) => {
        try {
          read(`/${text}`);
        } catch (error) {
          expect(error).toMatchObject({ name: 'S3Error' });
        }
      }),
    );
  });
});

describe('a bucket', () => {
  test.each(['abc', 'a.b-c', '123', 'x'.repeat(63), '1.2.3'])('may be called %s', (name) => {
    expect(isBucketName(name)).toBe(true);
  });

  const bad = ['ab', 'x'.repeat(64), 'A-b', 'a_b', '-ab', 'ab-', '.ab', 'a..b', '192.168.5.4'];
  const reserved = ['xn--a', 'sthree-a', 'a-s3alias', 'a--ol-s3', 'metrics/', '', 'ab\n', 'a b'];
  test.each([...bad, ...reserved])('may not be called %j', (name) => {
    expect(isBucketName(name)).toBe(false);
  });
});
