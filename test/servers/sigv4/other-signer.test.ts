import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClaim } from '../../../src/servers/sigv4/read-claim.ts';
import type { SignedRequest } from '../../../src/servers/sigv4/signed-request.ts';
import { SigningKeys } from '../../../src/servers/sigv4/signing-key.ts';
import { verifyClaim } from '../../../src/servers/sigv4/verify-claim.ts';

/** What the AWS SDK hashes with, in the shape that its signer wants. */
class NodeSha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

const SECRET = 'a secret of forty characters or so, +/=';
const NOW = new Date('2026-02-03T04:05:06Z');
const keys = new SigningKeys();

interface Made {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headers: Readonly<Record<string, string>>;
}

function signerFor(encoding: 's3' | 'plain'): SignatureV4 {
  return new SignatureV4({
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: SECRET },
    region: 'eu-central-1',
    service: encoding === 's3' ? 's3' : 'kms',
    sha256: NodeSha256,
    uriEscapePath: encoding === 'plain',
    applyChecksum: true,
  });
}

function toSign({ method, path, query, headers }: Made) {
  return {
    method,
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query: structuredClone(query) as Record<string, string | string[]>,
    headers: { host: 'localhost:9000', ...headers },
    body: 'the body',
  };
}

/** As it comes out of a socket: the query encoded, headers one byte a character. */
function onWire(signed: ReturnType<typeof toSign>): SignedRequest {
  const pairs = Object.entries(signed.query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  const headers = Object.entries(signed.headers).map(
    ([name, value]) => [name.toLowerCase(), Buffer.from(value).toString('latin1')] as const,
  );
  const target = pairs.length === 0 ? signed.path : `${signed.path}?${pairs.join('&')}`;
  return { method: signed.method, target, headers: new Map(headers) };
}

function verify(request: SignedRequest, encoding: 's3' | 'plain'): void {
  const claim = readClaim(request);
  if (!claim) throw new Error('no signature was found');
  verifyClaim(claim, request, {
    secret: SECRET,
    service: encoding === 's3' ? 's3' : 'kms',
    region: 'eu-central-1',
    nowMs: NOW.getTime(),
    skewMs: 0,
    pathEncoding: encoding,
    keys,
  });
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const odd = fc.constantFrom(
  '',
  '.',
  '..',
  '+',
  '%',
  '%2F',
  '%25',
  'ü',
  '~',
  "!'()*",
  ' ',
  '=',
  '&',
);
const segment = fc.oneof(text, odd);
const encodeSegment = (part: string): string => encodeURIComponent(part);
const path = fc
  .array(segment, { maxLength: 5 })
  .map((parts) => `/${parts.map(encodeSegment).join('/')}`);
const value = fc.oneof(text, odd);
const query = fc.dictionary(
  value.filter((name) => name !== '' && name !== '__proto__'),
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })),
  { maxKeys: 5 },
);
const metadata = fc
  .string({
    unit: fc.constantFrom('a', 'Z', '9', ' ', ',', 'é', 'à', '漢', '=', ';'),
    maxLength: 20,
  })
  .map((content) => content.trim());
const headers = fc.dictionary(fc.stringMatching(/^x-amz-meta-[a-z0-9-]{1,9}$/), metadata, {
  maxKeys: 4,
});
const made: fc.Arbitrary<Made> = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD'),
  path,
  query,
  headers,
});

describe.each(['s3', 'plain'] as const)('requests that the AWS SDK signs, path %s', (encoding) => {
  const signer = signerFor(encoding);

  test('are accepted, signed in the header', async () => {
    await fc.assert(
      fc.asyncProperty(made, async (one) => {
        const signed = await signer.sign(toSign(one), { signingDate: NOW });
        verify(onWire(signed as ReturnType<typeof toSign>), encoding);
      }),
      { numRuns: 400 },
    );
  });

  test('are refused where anything of the path, the query or a header was changed', async () => {
    await fc.assert(
      fc.asyncProperty(made, fc.nat(2), async (one, which) => {
        const signed = (await signer.sign(toSign(one), { signingDate: NOW })) as ReturnType<
          typeof toSign
        >;
        const changes = [
          { ...signed, path: `${signed.path}x` },
          { ...signed, query: { ...signed.query, added: 'x' } },
          { ...signed, headers: { ...signed.headers, host: 'localhost:9001' } },
        ];
        const changed = changes[which] ?? signed;
        expect(() => verify(onWire(changed), encoding)).toThrow();
      }),
      { numRuns: 200 },
    );
  });
});

test('URLs that the AWS SDK presigns are accepted', async () => {
  const signer = signerFor('s3');
  await fc.assert(
    fc.asyncProperty(made, async (one) => {
      const unhashed = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', ...one.headers };
      const request = toSign({ ...one, headers: unhashed });
      const signed = await signer.presign(request, { signingDate: NOW, expiresIn: 60 });
      verify(onWire(signed as ReturnType<typeof toSign>), 's3');
    }),
    { numRuns: 300 },
  );
});

test('a path is accepted in every way of writing it that clients have', async () => {
  const signer = signerFor('s3');
  const sent = [
    "/b/a!'()*",
    '/b/a$b',
    '/b/a+b',
    '/b/a:b@c',
    '/b/a%2fb',
    '/b/%c3%bc',
    '/b/%7E',
    '/b/a%2Fb!',
  ];
  for (const target of sent) {
    const encoded = target.replaceAll(/[!'()*$+:@]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    const decoded = encodeURIComponent(decodeURIComponent(encoded)).replaceAll('%2F', '/');
    const strict = decoded.replaceAll(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    for (const form of [target, strict]) {
      const one = { method: 'GET', path: form, query: {}, headers: {} };
      const signed = (await signer.sign(toSign(one), { signingDate: NOW })) as ReturnType<
        typeof toSign
      >;
      verify(onWire({ ...signed, path: target }), 's3');
    }
  }
});
