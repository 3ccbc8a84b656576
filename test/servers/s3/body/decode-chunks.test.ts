import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeChunks } from '../../../../src/servers/s3/body/decode-chunks.ts';
import { ChunkSignatures } from '../../../../src/servers/sigv4/chunk-signature.ts';
import type { Claim } from '../../../../src/servers/sigv4/signed-request.ts';
import { SigningKey } from '../../../../src/servers/sigv4/signing-key.ts';
import { chunked, collect, cut } from './pieces.ts';

/** AWS's example: "Signature calculations for the Authorization header", 65 KiB of `a` in three chunks. */
const CLAIM: Claim = {
  kind: 'header',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  date: '20130524',
  region: 'us-east-1',
  service: 's3',
  signedHeaders: [],
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  timeMs: Date.parse('2013-05-24T00:00:00Z'),
  payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
};
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const SIGNATURES = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
];
const TRAILED_SEED = '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e';
const TRAILED_SIGNATURES = [
  'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
  '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
  '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
];
const TRAILER =
  'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:' +
  'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n';
const PLAIN = Buffer.alloc(66_560, 'a');

function signatures(seed = CLAIM.signature): ChunkSignatures {
  return new ChunkSignatures(SigningKey.derive(SECRET, CLAIM), { ...CLAIM, signature: seed });
}

function signedBody(list: readonly string[], trailer = ''): Buffer {
  const chunks = [PLAIN.subarray(0, 65_536), PLAIN.subarray(65_536), Buffer.alloc(0)];
  const parts = chunks.flatMap((chunk, i) => [
    Buffer.from(`${chunk.length.toString(16)};chunk-signature=${list[i]}\r\n`),
    chunk,
    Buffer.from(i < 2 ? '\r\n' : `${trailer}\r\n`),
  ]);
  return Buffer.concat(parts);
}

interface Decoded {
  readonly plain: Buffer;
  readonly trailer: ReadonlyMap<string, string> | undefined;
}

async function decode(
  source: AsyncIterable<Buffer>,
  keys?: ChunkSignatures,
  hasTrailer = keys === undefined,
): Promise<Decoded> {
  let trailer: ReadonlyMap<string, string> | undefined;
  const onTrailer = (headers: ReadonlyMap<string, string>): void => void (trailer = headers);
  const plain = await collect(decodeChunks(source, { signatures: keys, hasTrailer, onTrailer }));
  return { plain, trailer };
}

describe('a body in aws-chunked', () => {
  const sizes = [1_000_000, 8191, 100, 7, 1];
  test.each(sizes)('with signed chunks, as AWS shows it, in pieces of %i bytes', async (size) => {
    const { plain } = await decode(cut(signedBody(SIGNATURES), size), signatures());
    expect(plain.equals(PLAIN)).toBe(true);
  });

  test.each(sizes)(
    'with a signed trailer, as AWS shows it, in pieces of %i bytes',
    async (size) => {
      const body = signedBody(TRAILED_SIGNATURES, TRAILER);
      const { plain, trailer } = await decode(cut(body, size), signatures(TRAILED_SEED), true);
      expect(plain.equals(PLAIN)).toBe(true);
      expect([...(trailer ?? [])]).toEqual([['x-amz-checksum-crc32c', 'sOO8/Q==']]);
    },
  );

  test('with an empty line before the signature of its trailer, or none at its end', async () => {
    const [checksum = '', signature = ''] = TRAILER.split('\r\n');
    const before = signedBody(TRAILED_SIGNATURES, `\r\n${checksum}\n\r\n${signature}\r\n`);
    const after = signedBody(TRAILED_SIGNATURES, TRAILER).subarray(0, -2);
    for (const body of [before, after]) {
      const { plain } = await decode(cut(body, 999), signatures(TRAILED_SEED), true);
      expect(plain.equals(PLAIN)).toBe(true);
    }
  });

  test('gives back what was cut into any chunks and arrives in any pieces', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 });
    const bodies = fc.tuple(fc.array(chunk, { maxLength: 20 }), fc.integer({ min: 1, max: 50 }));
    await fc.assert(
      fc.asyncProperty(bodies, async ([chunks, size]) => {
        const buffers = chunks.map((one) => Buffer.from(one));
        const { plain, trailer } = await decode(cut(chunked(buffers, 'A-b: c \r\n'), size));
        expect(plain.equals(Buffer.concat(buffers))).toBe(true);
        expect([...(trailer ?? [])]).toEqual([['a-b', 'c']]);
      }),
      { numRuns: 200 },
    );
  });

  test('is refused wherever it is cut short', async () => {
    const body = chunked([Buffer.from('hello'), Buffer.from('world')], 'x-amz-a:b\r\n');
    for (let length = 0; length < body.length; length++) {
      const decoding = decode(cut(body.subarray(0, length), 3));
      await expect(decoding, `${length} bytes`).rejects.toMatchObject({ code: 'IncompleteBody' });
    }
  });

  test('is refused with any bit of the data or of a signature turned', async () => {
    const body = signedBody(TRAILED_SIGNATURES, TRAILER);
    const places = [3, 25, 86, 90, 40_000, 65_700, 66_700, body.length - 110, body.length - 10];
    for (const at of places) {
      const bad = Buffer.from(body);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await expect(
        decode(cut(bad, 9999), signatures(TRAILED_SEED), true),
        `byte ${at}`,
      ).rejects.toThrow();
    }
  });

  test('is refused where its chunks are swapped, dropped or unsigned', async () => {
    const [first = '', second = '', last = ''] = SIGNATURES;
    const wrong = [
      signedBody([second, first, last]),
      Buffer.from(`0;chunk-signature=${last}\r\n\r\n`),
      chunked([PLAIN.subarray(0, 65_536), PLAIN.subarray(65_536)]),
    ];
    for (const body of wrong) {
      await expect(decode(cut(body, 9999), signatures(), false)).rejects.toThrow();
    }
  });

  const framings: readonly (readonly [what: string, body: string])[] = [
    ['a size that is no number', 'zz\r\nhello\r\n0\r\n\r\n'],
    ['a negative size', '-5\r\nhello\r\n0\r\n\r\n'],
    ['a size with a sign', '+5\r\nhello\r\n0\r\n\r\n'],
    ['a size with 0x before it', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a size beyond all numbers', 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['no size', '\r\nhello\r\n0\r\n\r\n'],
    ['a size line without carriage return', '5\nhello\r\n0\r\n\r\n'],
    ['an unknown extension', '5;x=1\r\nhello\r\n0\r\n\r\n'],
    ['a chunk longer than its size', '4\r\nhello\r\n0\r\n\r\n'],
    ['something behind the end', '5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n'],
    ['a size line that never ends', '5'.repeat(100_000)],
  ];
  test.each(framings)('is refused with %s', async (_, body) => {
    await expect(decode(cut(Buffer.from(body), 11))).rejects.toMatchObject({
      code: 'InvalidRequest',
    });
  });

  const trailers: readonly (readonly [what: string, trailer: string])[] = [
    ['a line that is no header', 'hello\r\n'],
    ['a header twice', 'a:b\r\nA:c\r\n'],
    ['a hundred headers', Array.from({ length: 100 }, (_, i) => `h${i}:v\r\n`).join('')],
    ['a name with blanks', 'a b:c\r\n'],
  ];
  test.each(trailers)('is refused with a trailer of %s', async (_, trailer) => {
    const body = chunked([Buffer.from('hello')], trailer);
    await expect(decode(cut(body, 11))).rejects.toMatchObject({ code: 'MalformedTrailerError' });
  });
});
