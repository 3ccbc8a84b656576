import { describe, expect, test } from 'vitest';
import type { Respond } from '../../../src/servers/http/listen.ts';
import { readBody } from '../../../src/servers/http/read-body.ts';
import type { RawClient } from '../support/raw-client.ts';
import { get, put, startServer } from './test-server.ts';

const IDLE_CONNECTIONS = Number(process.env['IDLE_CONNECTIONS'] ?? 2000);

const echo: Respond = async (request, response) => {
  const body = await readBody(request, 1 << 20);
  response.end(`${request.url} ${body.length}`);
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('bytes that are no HTTP', () => {
  const wrong: [name: string, text: string, status: number][] = [
    ['noise', '\x00\x01\x02\xff\r\n\r\n', 400],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two lengths', `${put('/', 3, 'Content-Length: 4\r\n')}abcd`, 400],
    ['length and chunks', `${put('/', 3, 'Transfer-Encoding: chunked\r\n')}0\r\n\r\n`, 400],
    ['a length that is none', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    ['a length with a sign', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na', 400],
    [
      'a coding before chunked',
      put('/', 0).replace('Content-Length: 0', 'Transfer-Encoding: x'),
      400,
    ],
    ['a header without a name', get('/', ': x\r\n'), 400],
    ['a blank before the colon', get('/', 'Content-Length : 3\r\n'), 400],
    ['a folded header', get('/', 'A: b\r\n c\r\n'), 400],
    ['a bare line feed', get('/', 'A: b\nX: y\r\n'), 400],
    ['a zero byte in a header', get('/', 'A: b\x00c\r\n'), 400],
    ['a blank in the path', get('/a b c'), 400],
    ['huge headers', get('/', `X: ${'y'.repeat(33_000)}\r\n`), 431],
    ['thousands of headers', get('/', 'X: y\r\n'.repeat(7000)), 431],
    ['an endless path', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n`, 431],
  ];

  test.each(wrong)('are refused: %s', async (_, text, status) => {
    const server = await startServer(echo);
    const client = await server.connect();
    client.send(text);
    await client.closed;
    expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(client.received).not.toContain(' 200 ');
    expect(await (await fetch(`${server.url}/after`)).text()).toBe('/after 0');
  });

  test('behind a good request do not harm it', async () => {
    const server = await startServer(echo);
    const client = await server.connect();
    client.send(`${put('/', 3)}abc`);
    await client.read(/\/ 3/);
    client.send('nonsense behind a lying length\r\n\r\n');
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('and headers up to the limit are fine', async () => {
    const server = await startServer(echo);
    const client = await server.connect();
    client.send(get('/', `X: ${'y'.repeat(31_000)}\r\n`));
    await client.read(/\/ 0/);
  });
});

describe('a slow client', () => {
  test('that never ends its headers is closed, one byte at a time or none at all', async () => {
    const server = await startServer(echo, { limits: { headTimeoutMs: 200 } });
    const silent = await server.connect();
    const drip = await server.connect();
    drip.send('GET / HTTP/1.1\r\nHost: x\r\n');
    const timer = setInterval(() => drip.send('X: y\r\n'), 20);
    await Promise.all([silent.closed, drip.closed]);
    clearInterval(timer);
    expect(drip.received).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('that sends a body no more is closed, and one that sends on is not', async () => {
    const server = await startServer(echo, { limits: { idleMs: 200 } });
    const stuck = await server.connect();
    const slow = await server.connect();
    stuck.send(`${put('/stuck', 100)}abc`);
    slow.send(put('/slow', 10));
    for (let i = 0; i < 10; i++) {
      await pause(50);
      slow.send('x');
    }
    await slow.read(/\/slow 10/);
    await stuck.closed;
    expect(stuck.received).toBe('');
  });

  test('that does not take its answer is closed', async () => {
    let aborted: Promise<unknown> | undefined;
    const server = await startServer(
      async (_, response, { signal }) => {
        aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
        response.end(Buffer.alloc(50_000_000));
        await aborted;
      },
      { limits: { idleMs: 200 } },
    );
    const client = await server.connect();
    client.socket.pause();
    client.send(get('/'));
    await pause(50);
    await aborted;
    expect(server.errors).toEqual([]);
  });

  test('is not one that the server keeps waiting', async () => {
    const server = await startServer(
      async (request, response) => {
        await pause(500);
        response.end(`${(await readBody(request, 100)).length} bytes`);
      },
      { limits: { idleMs: 100 } },
    );
    const client = await server.connect();
    client.send(`${put('/', 3)}abc`);
    const polite = await server.connect();
    polite.send(put('/', 3, 'Expect: 100-continue\r\n'));
    await client.read(/3 bytes/);
    await polite.read(/100 Continue/);
    polite.send('abc');
    await polite.read(/3 bytes/);
  });

  test('that asks nothing more is closed after a while', async () => {
    const server = await startServer(echo, { limits: { keepAliveMs: 50 } });
    const client = await server.connect();
    client.send(get('/'));
    await client.read(/\/ 0/);
    await client.closed;
  });
});

describe('many clients', () => {
  test(`${IDLE_CONNECTIONS} that do nothing do not keep others waiting`, async () => {
    const server = await startServer(echo);
    const idle: RawClient[] = [];
    try {
      for (let i = 0; i < IDLE_CONNECTIONS; i += 100) {
        const opened = Array.from({ length: 100 }, () => server.connect());
        idle.push(...(await Promise.all(opened)));
      }
      // A third asked once, a third is in the middle of its headers, a third never said a word.
      idle.forEach((client, i) => client.send(['', 'GET / HTTP/1.1\r\n', get('/')][i % 3] ?? ''));
      const started = performance.now();
      for (let i = 0; i < 50; i++) {
        expect(await (await fetch(`${server.url}/${i}`)).text()).toBe(`/${i} 0`);
      }
      const msEach = (performance.now() - started) / 50;
      expect(msEach).toBeLessThan(50);
      expect(idle.filter(({ socket }) => socket.destroyed)).toEqual([]);
    } finally {
      for (const client of idle) client.end();
    }
  });

  test('beyond the limit are closed at once', async () => {
    const server = await startServer(echo, { limits: { connections: 3 } });
    const three = await Promise.all([1, 2, 3].map(() => server.connect()));
    const fourth = await server.connect();
    await fourth.closed;
    for (const client of three) {
      client.send(get('/'));
      await client.read(/\/ 0/);
    }
    three[0]?.end();
    const isServed = async (): Promise<boolean> => {
      const next = await server.connect();
      next.send(get('/'));
      return next.read(/\/ 0/).then(
        () => true,
        () => false,
      );
    };
    await expect.poll(isServed, { timeout: 5000 }).toBe(true);
  });
});
