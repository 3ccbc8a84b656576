/**
 * Requests to a KMS by hand, signed by AWS's own signer: to be bent afterwards.
 * @module
 */
import { createHash, createHmac, type BinaryLike } from 'node:crypto';
import { request } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { NewAccessKey } from '../../../../src/servers/kms/access/access-keys.ts';
import { REGION } from '../../support/start-kms.ts';

export interface RawRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Without what stands before a `#`; undefined where the body is no error. */
  readonly type: string | undefined;
}

export interface SigningWish {
  readonly operation?: string;
  readonly body?: string | Buffer;
  readonly region?: string;
  readonly service?: string;
  readonly signedAtMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** SHA-256 and its HMAC, in the shape that the signer wants. */
class Sha256 {
  readonly #hash;

  constructor(secret?: BinaryLike) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data: BinaryLike): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

/** A request as the SDK would send it. */
export async function signedPost(
  url: string,
  key: Pick<NewAccessKey, 'accessKeyId' | 'secret'>,
  wish: SigningWish = {},
): Promise<RawRequest> {
  const { operation = 'ListKeys', body = '{}', region = REGION, service = 'kms' } = wish;
  const { hostname, port, host } = new URL(url);
  const signer = new SignatureV4({
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secret },
    region,
    service,
    sha256: Sha256 as never,
  });
  const headers = {
    host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `TrentService.${operation}`,
    ...wish.headers,
  };
  const plain = { method: 'POST', protocol: 'http:', path: '/', hostname, port: Number(port) };
  const signed = await signer.sign(
    { ...plain, query: {}, headers, body },
    { signingDate: new Date(wish.signedAtMs ?? Date.now()) },
  );
  return { method: 'POST', path: '/', headers: signed.headers, body };
}

export function send(url: string, { method, path, headers, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        const type = /"__type":"(?:[^"]*#)?(\w+)"/.exec(text)?.[1];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, type });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
