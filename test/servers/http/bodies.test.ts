import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/servers/http/limits.ts';
import type { Respond } from '../../../src/servers/http/listen.ts';
import {
  BodyCut,
  BodyTooLarge,
  bodyPieces,
  readBody,
} from '../../../src/servers/http/read-body.ts';
import { get, put, startServer } from './test-server.ts';

const LIMIT = 1000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const refuse: Respond = async (_, response) => {
  response.writeHead(403, { 'content-length': 2 }).end('no');
};

describe('a whole body', () => {
  const caught: unknown[] = [];
  const echo: Respond = async (request, response) => {
    try {
      const body = await readBody(request, LIMIT);
      response.end(`${body.length} bytes`);
    } catch (error) {
      caught.push(error);
      response.writeHead(413, { 'content-length': 0 }).end();
    }
  };

  test('is read, with a length or in chunks, whole or a byte at a time', async () => {
    const server = await startServer(echo);
    const client = await server.connect();
    client.send(`${put('/', 1000)}${'x'.repeat(1000)}`);
    await client.read(/1000 bytes/);
    client.send('PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const byte of '3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n') {
      client.send(byte);
      await new Promise(setImmediate);
    }
    await client.read(/13 bytes/);
    client.send(put('/', 0));
    await client.read(/0 bytes/);
  });

  test('that is too large is refused, before it is sent where its length is known', async () => {
    const server = await startServer(echo);
    const client = await server.connect();
    client.send(put('/', 1e9));
    await client.read(/413 [^]*\r\n\r\n/);
    const other = await server.connect();
    const chunk = `1F4\r\n${'x'.repeat(500)}\r\n`;
    other.send(`PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`);
    await other.read(/413 [^]*\r\n\r\n/);
    expect(caught.splice(0)).toEqual([expect.any(BodyTooLarge), expect.any(BodyTooLarge)]);
  });

  test('that breaks off is no body', async () => {
    const server = await startServer(echo);
    for (const body of ['', 'x', 'x'.repeat(99)]) {
      const client = await server.connect();
      client.send(put('/', 100) + body);
      await new Promise((resolve) => setTimeout(resolve, 10));
      client.socket.end();
      await client.closed;
      expect(client.received).not.toContain('200');
    }
    expect(caught.splice(0)).toEqual([1, 2, 3].map(() => expect.any(BodyCut)));
  });

  test('in chunks that are none is answered 400', async () => {
    const server = await startServer(echo);
    for (const chunk of ['z\r\nabc', '3\r\nabcd\r\n', '-1\r\n', 'FFFFFFFFFFFFFFFFFF\r\n']) {
      const client = await server.connect();
      client.send(`PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
      await client.closed;
      expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
    }
    caught.length = 0;
  });
});

describe('a client that asks before it sends', () => {
  test('gets its answer and no word to go on where it is refused', async () => {
    const server = await startServer(refuse);
    // Not even a short one: nobody knows whether that client sends it or its next request.
    for (const length of [3, 1e9]) {
      const client = await server.connect();
      client.send(put('/', length, 'Expect: 100-continue\r\n'));
      await client.closed;
      expect(client.received).toMatch(/^HTTP\/1\.1 403 [^]*Connection: close[^]*no$/);
    }
  });

  test('gets the word when the body is first read, and the connection stays', async () => {
    let read = (): void => undefined;
    const server = await startServer(async (request, response) => {
      await new Promise<void>((resolve) => {
        read = resolve;
      });
      response.end(`${(await readBody(request, LIMIT)).length} bytes`);
    });
    const client = await server.connect();
    client.send(put('/', 3, 'Expect: 100-continue\r\n'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(client.received).toBe('');
    read();
    await client.read(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('abc');
    expect(await client.read(/3 bytes/)).toContain('Connection: keep-alive');
  });

  test('is told that other expectations are not met', async () => {
    const server = await startServer(refuse);
    const client = await server.connect();
    client.send(get('/', 'Expect: a miracle\r\n'));
    await client.read(/^HTTP\/1\.1 417 /);
  });
});

describe('an answer that comes before the body has', () => {
  test('keeps the connection where little is left to come', async () => {
    const server = await startServer(refuse);
    const client = await server.connect();
    client.send(put('/', 200_000));
    expect(await client.read(/no/)).toContain('Connection: keep-alive');
    client.send('x'.repeat(200_000) + put('/', 3));
    expect(await client.read(/no/)).toContain('Connection: keep-alive');
    client.send(`abc${get('/')}`);
    await client.read(/no/);
  });

  test('is seen by a client that goes on sending, and the connection ends', async () => {
    const server = await startServer(refuse);
    const client = await server.connect(true);
    client.send(put('/', 1e9));
    client.send(Buffer.alloc(100_000));
    expect(await client.read(/no/)).toContain('Connection: close');
    // Not at once: bytes that were on their way must not turn into a reset.
    client.send(Buffer.alloc(100_000));
    await pause(50);
    expect(client.socket.destroyed).toBe(false);
    // But not for as long as there are any.
    const started = performance.now();
    while (!client.socket.destroyed) {
      client.send(Buffer.alloc(100_000));
      await pause(1);
    }
    expect(performance.now() - started).toBeLessThan(LIMITS.drainMs / 2);
  });

  test('may be given in the middle of the body', async () => {
    const server = await startServer(async (request, response) => {
      for await (const _ of bodyPieces(request)) break;
      response.writeHead(400, { 'content-length': 3 }).end('bad');
    });
    const client = await server.connect();
    client.send(put('/', 1e9));
    client.send(Buffer.alloc(300_000));
    expect(await client.read(/bad/)).toContain('Connection: close');
    const small = await server.connect();
    small.send(put('/', 100_000));
    small.send(Buffer.alloc(50_000));
    expect(await small.read(/bad/)).toContain('Connection: keep-alive');
    small.send(Buffer.alloc(50_000));
    small.send(`${put('/', 3)}abc`);
    expect(await small.read(/bad/)).toContain('Connection: keep-alive');
  });

  test('does not wait for a client that neither sends nor closes', async () => {
    const server = await startServer(refuse, { limits: { drainMs: 50 } });
    const client = await server.connect();
    client.send(put('/', 1e9));
    await client.closed;
    expect(client.received).toMatch(/no$/);
  });
});
