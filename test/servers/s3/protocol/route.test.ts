import { describe, expect, test } from 'vitest';
import { ALL_OPERATIONS } from '../../../../src/servers/s3/all-operations.ts';
import { readAddress } from '../../../../src/servers/s3/protocol/read-address.ts';
import { makeRouter } from '../../../../src/servers/s3/protocol/route.ts';

const router = makeRouter(ALL_OPERATIONS);

function nameOf(method: string, target: string, headers: Record<string, string> = {}): string {
  return router(method, readAddress(target, undefined, []), headers).name;
}

describe('a request finds its operation', () => {
  const found: readonly (readonly [method: string, target: string, name: string])[] = [
    ['GET', '/', 'ListBuckets'],
    ['PUT', '/photos', 'CreateBucket'],
    ['HEAD', '/photos', 'HeadBucket'],
    ['DELETE', '/photos', 'DeleteBucket'],
    ['GET', '/photos', 'ListObjects'],
    ['GET', '/photos?list-type=2&prefix=a&x-id=ListObjectsV2', 'ListObjectsV2'],
    ['GET', '/photos?versions', 'ListObjectVersions'],
    ['GET', '/photos?uploads', 'ListMultipartUploads'],
    ['GET', '/photos?location', 'GetBucketLocation'],
    ['GET', '/photos?policy', 'GetBucketPolicy'],
    ['GET', '/photos?acl', 'GetBucketAcl'],
    ['POST', '/photos?delete', 'DeleteObjects'],
    ['GET', '/photos/a?versionId=x&partNumber=1', 'GetObject'],
    ['GET', '/photos/a?uploadId=x', 'ListParts'],
    ['GET', '/photos/a?attributes', 'GetObjectAttributes'],
    ['PUT', '/photos/a?partNumber=1&uploadId=x', 'UploadPart'],
    ['PUT', '/photos/a?tagging', 'PutObjectTagging'],
    ['POST', '/photos/a?uploads', 'CreateMultipartUpload'],
    ['POST', '/photos/a?uploadId=x', 'CompleteMultipartUpload'],
    ['DELETE', '/photos/a?uploadId=x', 'AbortMultipartUpload'],
    ['DELETE', '/photos/a?versionId=x', 'DeleteObject'],
    ['PUT', '/photos/a?retention', 'PutObjectRetention'],
    ['PUT', '/photos/a?X-Amz-Signature=x&x-amz-meta-a=b&x-id=PutObject', 'PutObject'],
  ];
  test.each(found)('%s %s', (method, target, name) => {
    expect(nameOf(method, target)).toBe(name);
  });

  test('copies by their header', () => {
    const headers = { 'x-amz-copy-source': '/photos/b' };
    expect(nameOf('PUT', '/photos/a', headers)).toBe('CopyObject');
    expect(nameOf('PUT', '/photos/a?partNumber=1&uploadId=x', headers)).toBe('UploadPartCopy');
    expect(nameOf('PUT', '/photos/a?tagging', headers)).toBe('PutObjectTagging');
  });
});

describe('what nobody does is never answered as something else', () => {
  const ofBucket = (
    'cors website logging notification replication accelerate requestPayment analytics inventory ' +
    'metrics intelligent-tiering ownershipControls publicAccessBlock metadataTable abac session'
  ).split(' ');
  const bucketCases = ofBucket.flatMap((name) => ['GET', 'PUT', 'DELETE'].map((m) => [m, name]));
  test.each(bucketCases)('%s /photos?%s', (method, name) => {
    expect(() => nameOf(method as string, `/photos?${name}`)).toThrow(
      expect.objectContaining({ code: 'NotImplemented', status: 501 }),
    );
  });

  const others: readonly (readonly [method: string, target: string])[] = [
    ['GET', '/photos/a?torrent'],
    ['POST', '/photos/a?select&select-type=2'],
    ['POST', '/photos/a?restore'],
    ['POST', '/photos'],
    ['POST', '/photos/a'],
    ['GET', '/photos/a?renameObject'],
    ['PUT', '/photos/a?renameObject'],
    ['PUT', '/photos/a?append'],
    ['GET', '/photos?prefix=a&unknown=1'],
    ['PUT', '/photos/a?uploadId=x'],
    ['PUT', '/photos/a?partNumber=1'],
    ['DELETE', '/photos/a?tagging&uploadId=x'],
    ['GET', '/photos?versions&uploads'],
    ['GET', '/?unknown'],
    ['PUT', '/photos/a?acl'],
  ];
  test.each(others)('%s %s', (method, target) => {
    expect(() => nameOf(method, target)).toThrow(
      expect.objectContaining({ code: 'NotImplemented' }),
    );
  });

  test.each(['PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'get', ''])('method %j', (method) => {
    expect(() => nameOf(method, '/photos/a')).toThrow(
      expect.objectContaining({ code: 'MethodNotAllowed', status: 405 }),
    );
  });
});

test('no two operations ask for the same', () => {
  const places = ALL_OPERATIONS.map(({ method, level, selectors, selectingHeader = '' }) =>
    [method, level, [...selectors].sort().join(), selectingHeader].join(' '),
  );
  expect(places.filter((one, i) => places.indexOf(one) !== i)).toEqual([]);
});
