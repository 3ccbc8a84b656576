/**
 * Requests as no well-behaved client sends them: signed by another signer than the server's own, with anything
 * changed afterwards, or written to a socket byte for byte.
 * @module
 */
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import type { TestS3 } from './start-s3.ts';

export interface RawRequest {
  readonly method?: string;
  /** As it goes over the wire, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Signed, all of them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly payloadHash?: string;
  readonly who?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly timeMs?: number;
  readonly region?: string;
  /** After signing. */
  readonly tamper?: (headers: Record<string, string>) => void;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** `Code` of an error. */
  readonly code: string | undefined;
}

class Sha256 {
  readonly #hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      key === undefined
        ? createHash('sha256')
        : createHmac('sha256', typeof key === 'string' ? key : Buffer.from(key as Uint8Array));
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

/** Headers with a signature in them. */
export async function sign(s3: TestS3, raw: RawRequest): Promise<Record<string, string>> {
  const { body = '', payloadHash, timeMs = Date.now() } = raw;
  const hash = payloadHash ?? createHash('sha256').update(body).digest('hex');
  const host = `127.0.0.1:${s3.port}`;
  const headers = { host, 'x-amz-content-sha256': hash, ...raw.headers };
  const signed = await signerOf(s3, raw).sign(
    {
      method: raw.method ?? 'GET',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: s3.port,
      path: raw.path,
      query: { ...raw.query },
      headers,
    },
    { signingDate: new Date(timeMs) },
  );
  return signed.headers;
}

/** Path and query of a presigned URL. */
export async function presign(
  s3: TestS3,
  raw: RawRequest,
  expiresSeconds: number,
): Promise<string> {
  const signed = await signerOf(s3, raw).presign(
    {
      method: raw.method ?? 'GET',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: s3.port,
      path: raw.path,
      query: { ...raw.query },
      headers: {
        host: `127.0.0.1:${s3.port}`,
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        ...raw.headers,
      },
    },
    { signingDate: new Date(raw.timeMs ?? Date.now()), expiresIn: expiresSeconds },
  );
  return targetOf(signed.path, signed.query as Record<string, string>);
}

function signerOf(s3: TestS3, { who, region = 'us-east-1' }: RawRequest): SignatureV4 {
  const { principal, secret } = s3.accessKeys.full;
  const own = { accessKeyId: principal.accessKeyId, secretAccessKey: secret };
  return new SignatureV4({
    credentials: who ?? own,
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
}

export function targetOf(path: string, query: Readonly<Record<string, string>> = {}): string {
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

export async function sendRaw(s3: TestS3, raw: RawRequest): Promise<RawReply> {
  const headers = await sign(s3, raw);
  raw.tamper?.(headers);
  return exchange(s3, raw.method ?? 'GET', targetOf(raw.path, raw.query), headers, raw.body);
}

/** Without any signature but what `headers` and `target` have. */
export function exchange(
  s3: TestS3,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer | string = '',
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const own = { 'content-length': String(Buffer.byteLength(body)), ...headers };
    const options = { host: '127.0.0.1', port: s3.port, method, path: target, headers: own };
    const request = httpRequest({ ...options, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, code });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A socket that says what it likes. */
export class Wire implements Disposable {
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  #text = '';

  constructor(s3: TestS3) {
    this.#socket = connect(s3.port, '127.0.0.1');
    this.#socket.on('data', (piece) => void (this.#text += piece.toString('latin1')));
    this.#socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** All that came until the server ended the connection. */
  async untilClosed(): Promise<string> {
    await this.#ended;
    return this.#text;
  }

  /** What came once it matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      await new Promise((resolve) => {
        this.#socket.once('data', resolve);
        this.#socket.once('close', resolve);
      });
      if (this.#socket.destroyed && !pattern.test(this.#text)) {
        throw new Error(`${pattern} never came; this did:\n${this.#text}`);
      }
    }
    return this.#text;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
