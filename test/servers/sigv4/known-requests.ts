/**
 * Requests that AWS has published together with their signatures.
 * Sources: "Signature calculations for the Authorization header" and "… query parameters" of the S3 API
 * reference; the SigV4 test suite (`get-vanilla` and so on).
 * @module
 */
import type { SignedRequest } from '../../../src/servers/sigv4/signed-request.ts';

export interface KnownRequest {
  readonly name: string;
  readonly request: SignedRequest;
}

export const S3_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
export const S3_TIME_MS = Date.UTC(2013, 4, 24);
export const SUITE_SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const SUITE_TIME_MS = Date.UTC(2015, 7, 30, 12, 36, 0);

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const HELLO_HASH = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';

function s3(
  name: string,
  [method, target]: readonly [string, string],
  headers: Readonly<Record<string, string>>,
  signature: string,
): KnownRequest {
  const all: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': EMPTY_HASH,
    ...headers,
  };
  const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
  return signed(name, { method, target, headers: all }, credential, signature);
}

function suite(
  name: string,
  [method, target]: readonly [string, string],
  headers: Readonly<Record<string, string>>,
  signature: string,
): KnownRequest {
  const all: Record<string, string> = {
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    ...headers,
  };
  const credential = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';
  return signed(name, { method, target, headers: all }, credential, signature);
}

function signed(
  name: string,
  request: { method: string; target: string; headers: Record<string, string> },
  credential: string,
  signature: string,
): KnownRequest {
  const names = Object.keys(request.headers).sort().join(';');
  const fields = [`Credential=${credential}`, `SignedHeaders=${names}`, `Signature=${signature}`];
  const authorization = `AWS4-HMAC-SHA256 ${fields.join(',')}`;
  const headers = new Map(Object.entries({ ...request.headers, authorization }));
  return { name, request: { ...request, headers } };
}

export const S3_REQUESTS: readonly KnownRequest[] = [
  s3(
    'GET of a range',
    ['GET', '/test.txt'],
    { range: 'bytes=0-9' },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ),
  ...['/test$file.text', '/test%24file.text'].map((target) =>
    s3(
      `PUT of ${target}`,
      ['PUT', target],
      {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': HELLO_HASH,
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ),
  ),
  s3(
    'a parameter without a value',
    ['GET', '/?lifecycle'],
    {},
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ),
  s3(
    'two parameters',
    ['GET', '/?prefix=J&max-keys=2'],
    {},
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ),
];

export const S3_PRESIGNED: SignedRequest = {
  method: 'GET',
  target:
    '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
    '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
    '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
    '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  headers: new Map([['host', 'examplebucket.s3.amazonaws.com']]),
};

const CHUNKED_HEADERS = {
  host: 's3.amazonaws.com',
  'content-encoding': 'aws-chunked',
  'x-amz-decoded-content-length': '66560',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
};

/** 66,560 times `a` in chunks of 65,536, 1,024 and 0 bytes. */
export const S3_CHUNKED = {
  request: s3(
    'PUT in chunks',
    ['PUT', '/examplebucket/chunkObject.txt'],
    {
      ...CHUNKED_HEADERS,
      'content-length': '66824',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    },
    '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  ).request,
  signatures: [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
};

export const S3_TRAILER = {
  request: s3(
    'PUT in chunks with a trailer',
    ['PUT', '/examplebucket/chunkObject.txt'],
    {
      ...CHUNKED_HEADERS,
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'x-amz-trailer': 'x-amz-checksum-crc32c',
    },
    '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  ).request,
  signatures: [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  trailer: 'x-amz-checksum-crc32c:sOO8/Q==\n',
  trailerSignature: 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
};

export const SUITE_REQUESTS: readonly KnownRequest[] = [
  ...['/', '/example/..', '/./', '//'].map((target) =>
    suite(
      `get-vanilla as ${target}`,
      ['GET', target],
      {},
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ),
  ),
  suite(
    'post-vanilla',
    ['POST', '/'],
    {},
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ),
  suite(
    'get-vanilla-query-order-key-case',
    ['GET', '/?Param2=value2&Param1=value1'],
    {},
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ),
  suite(
    'get-header-value-trim',
    ['GET', '/'],
    { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ),
  suite(
    'get-header-key-duplicate',
    ['GET', '/'],
    { 'my-header1': 'value2,value2,value1' },
    'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  ),
  suite(
    'get-utf8',
    ['GET', Buffer.from('/\u1234').toString('latin1')],
    {},
    '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  ),
];
