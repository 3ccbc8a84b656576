/**
 * A small S3 server in memory that can be told to misbehave, request by request. It checks no
 * signatures: the real Ceph gateway does that. It keeps only what the store uses.
 * @module
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Config } from '../../src/store/s3/config.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** How often a request with this method, path and query has come, this one included. */
  readonly nth: number;
}

export type Fault =
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code?: string;
      readonly text?: string;
    }
  | { readonly kind: 'raw'; readonly status: number; readonly body: string }
  /** The connection is cut before an answer. */
  | { readonly kind: 'reset' }
  /** The connection is cut when some of the request's body has come. */
  | { readonly kind: 'reset-upload' }
  /** Nothing is read any more, nothing answered. */
  | { readonly kind: 'stall' }
  /** The answer ends or stops after so many bytes of its body. */
  | { readonly kind: 'cut' | 'stop'; readonly afterBytes: number }
  | { readonly kind: 'headers'; readonly headers: OutgoingHttpHeaders };

export class S3Stub {
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, Map<number, Buffer>>();
  readonly seen: Seen[] = [];
  /** When how many bytes of bodies came, in ms of `performance.now`. */
  readonly arrivals: { readonly at: number; readonly bytes: number }[] = [];
  /** Called for each request: what to do instead of answering it well. */
  fault: (seen: Seen) => Fault | undefined = () => undefined;
  readonly #server: Server;
  #uploads = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  config(more: Partial<S3Config> = {}): S3Config {
    return {
      endpoint: `http://127.0.0.1:${this.port}`,
      region: 'us-east-1',
      accessKeyId: 'key',
      secretAccessKey: 'secret',
      bucket: 'bucket',
      prefix: 'p',
      ...more,
    };
  }

  count(method: string, has = ''): number {
    return this.seen.filter((seen) => seen.method === method && nameOf(seen).includes(has)).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const method = request.method ?? '';
    const query = url.searchParams;
    const same = this.seen.filter(
      (s) => s.method === method && nameOf(s) === nameAt(url.pathname, query),
    );
    const nth = same.length + 1;
    const seen = { method, path: url.pathname, query, headers: request.headers, nth };
    this.seen.push(seen);
    const fault = this.fault(seen);
    if (fault?.kind === 'stall') return;
    if (fault?.kind === 'reset') return void request.socket.destroy();
    const body = await this.#read(request, fault?.kind === 'reset-upload');
    if (fault?.kind === 'error') return fail(response, fault);
    if (fault?.kind === 'raw') return void response.writeHead(fault.status).end(fault.body);
    this.#serve(seen, body, response, fault);
  }

  async #read(request: IncomingMessage, breakOff: boolean): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      this.arrivals.push({ at: performance.now(), bytes: chunk.length });
      chunks.push(chunk);
      if (breakOff) request.socket.destroy();
    }
    return Buffer.concat(chunks);
  }

  #serve(seen: Seen, body: Buffer, response: ServerResponse, fault: Fault | undefined): void {
    const { method, query, path } = seen;
    const extra = fault?.kind === 'headers' ? fault.headers : {};
    const key = decodeURIComponent(path.replace(/^\/bucket\/?/, ''));
    const uploadId = query.get('uploadId') ?? '';
    if (method === 'PUT' && uploadId) {
      this.uploads.get(uploadId)?.set(Number(query.get('partNumber')), body);
      response.writeHead(200, { etag: etagOf(body), ...extra }).end();
    } else if (method === 'PUT') {
      this.objects.set(key, body);
      response.writeHead(200, { etag: etagOf(body), ...extra }).end();
    } else if (method === 'POST' && query.has('uploads')) {
      const id = `upload-${++this.#uploads}`;
      this.uploads.set(id, new Map());
      xml(response, 'InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`);
    } else if (method === 'POST' && query.has('delete')) {
      const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, one = '']) => one);
      for (const one of keys) this.objects.delete(one);
      const text = keys.map((one) => `<Deleted><Key>${one}</Key></Deleted>`).join('');
      xml(response, 'DeleteResult', text);
    } else if (method === 'POST') {
      const parts = [...(this.uploads.get(uploadId) ?? [])].sort(([a], [b]) => a - b);
      this.uploads.delete(uploadId);
      this.objects.set(key, Buffer.concat(parts.map(([, part]) => part)));
      xml(response, 'CompleteMultipartUploadResult', '<ETag></ETag>');
    } else if (method === 'DELETE') {
      if (uploadId) this.uploads.delete(uploadId);
      else this.objects.delete(key);
      response.writeHead(204).end();
    } else if (query.has('list-type')) {
      this.#list(query, response);
    } else {
      this.#give(seen, key, response, fault);
    }
  }

  #give(seen: Seen, key: string, response: ServerResponse, fault: Fault | undefined): void {
    if (key === '') return void response.writeHead(200).end();
    const whole = this.objects.get(key);
    if (!whole)
      return fail(response, { status: 404, ...(seen.method === 'GET' && { code: 'NoSuchKey' }) });
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(seen.headers.range ?? '') ?? [];
    const ranged = from !== undefined;
    if (Number(from) >= whole.length) return fail(response, { status: 416, code: 'InvalidRange' });
    const end = ranged ? Math.min(Number(to) + 1, whole.length) : whole.length;
    const body = whole.subarray(Number(from ?? 0), end);
    response.writeHead(ranged ? 206 : 200, {
      'content-length': body.length,
      etag: etagOf(whole),
      ...(ranged && { 'content-range': `bytes ${from}-${end - 1}/${whole.length}` }),
      ...(fault?.kind === 'headers' && fault.headers),
    });
    if (seen.method === 'HEAD') return void response.end();
    if (fault?.kind !== 'cut' && fault?.kind !== 'stop') return void response.end(body);
    response.write(body.subarray(0, fault.afterBytes), () => {
      if (fault.kind === 'cut') response.destroy();
    });
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const after = query.get('continuation-token') ?? '';
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
      .sort();
    const page = keys.slice(0, 3);
    const more = keys.length > page.length;
    const contents = page.map((key) => {
      const size = this.objects.get(key)?.length;
      return `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`;
    });
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    const text = `${contents.join('')}<IsTruncated>${more}</IsTruncated>${next}`;
    xml(response, 'ListBucketResult', text);
  }
}

function nameAt(path: string, query: URLSearchParams): string {
  return `${path}?${query.toString()}`;
}

function nameOf(seen: Seen): string {
  return nameAt(seen.path, seen.query);
}

function fail(
  response: ServerResponse,
  { status, code, text }: { status: number; code?: string; text?: string },
): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  const message = text === undefined ? '' : `<Message>${text}</Message>`;
  response.end(code === undefined ? '' : `<Error><Code>${code}</Code>${message}</Error>`);
}

function xml(response: ServerResponse, name: string, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><${name}>${text}</${name}>`);
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
