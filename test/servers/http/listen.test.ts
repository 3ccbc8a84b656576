import { randomBytes } from 'node:crypto';
import { get as httpsGet } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { generateCertificate } from '../../../src/servers/certificate/generate-certificate.ts';
import { isLoopback } from '../../../src/servers/http/is-loopback.ts';
import type { RequestInfo, Respond } from '../../../src/servers/http/listen.ts';
import { readBody } from '../../../src/servers/http/read-body.ts';
import { get, put, startServer } from './test-server.ts';

/** Answers with the path, after it has read the body. */
const echo: Respond = async (request, response) => {
  const body = await readBody(request, 1 << 20);
  response.end(`${request.url} ${body.length}`);
};

describe('where it listens', () => {
  test('is loopback, or whoever asks says that plain http is fine', async () => {
    const refused = startServer(echo, { host: '0.0.0.0' });
    await expect(refused).rejects.toMatchObject({ code: 'serve/config' });
    const server = await startServer(echo, { host: '0.0.0.0', allowsInsecureHttp: true });
    expect(server.url).toBe(`http://0.0.0.0:${server.port}`);
  });

  test('knows the addresses of this machine only', () => {
    const near = ['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST'];
    const far = [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '128.0.0.1',
      'localhost.example.org',
      '',
      '127.0.0.1.org',
    ];
    expect(near.filter((host) => !isLoopback(host))).toEqual([]);
    expect(far.filter((host) => isLoopback(host))).toEqual([]);
  });

  test('is free: a port that is taken is said to be', async () => {
    const { port } = await startServer(echo);
    await expect(startServer(echo, { port })).rejects.toMatchObject({ code: 'serve/busy' });
    const foreign = startServer(echo, { host: '192.0.2.1', allowsInsecureHttp: true });
    await expect(foreign).rejects.toMatchObject({ code: 'serve/config' });
  });

  test('may be IPv6', async () => {
    const server = await startServer(echo, { host: '::1' });
    expect(server.url).toBe(`http://[::1]:${server.port}`);
    expect(await (await fetch(`${server.url}/a`)).text()).toBe('/a 0');
  });
});

describe('a request', () => {
  test('is told apart from all others', async () => {
    const infos: RequestInfo[] = [];
    const server = await startServer(async (_, response, info) => {
      infos.push(info);
      response.end();
    });
    await fetch(server.url);
    await fetch(server.url);
    expect(infos[0]).toMatchObject({
      id: expect.stringMatching(/^[0-9A-F]{16}$/),
      remoteAddress: '127.0.0.1',
      receivedMs: 1_000_000,
      isTls: false,
    });
    expect(infos[1]?.id).not.toBe(infos[0]?.id);
  });

  test('that fails before anything was sent is answered 500, without a word why', async () => {
    const server = await startServer(() => Promise.reject(new Error('the secret is 42')));
    const answer = await fetch(server.url);
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    expect(server.errors).toEqual([
      { error: new Error('the secret is 42'), id: expect.stringMatching(/^[0-9A-F]{16}$/) },
    ]);
  });

  test('that fails in the middle of its answer ends the connection', async () => {
    const server = await startServer(async (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half');
      throw new Error('rot');
    });
    const answer = await fetch(server.url);
    await expect(answer.text()).rejects.toThrow();
    expect(server.errors).toHaveLength(1);
  });

  test('that nobody answers is answered 500', async () => {
    const server = await startServer(() => Promise.resolve());
    expect((await fetch(server.url)).status).toBe(500);
  });

  test('tells when its client has gone, which is no error of the server', async () => {
    let left: Promise<void> | undefined;
    const server = await startServer((_, response, { signal }) => {
      response.write('a');
      left = new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      return left;
    });
    const client = await server.connect();
    client.send(get('/'));
    await client.read(/\r\n\r\n/);
    client.end();
    await left;
    expect(server.errors).toEqual([]);
  });

  test('is not said to be left behind when it was answered', async () => {
    const signals: AbortSignal[] = [];
    const server = await startServer(async (_, response, { signal }) => {
      signals.push(signal);
      response.end('x');
    });
    const client = await server.connect();
    client.send(get('/', 'Connection: close\r\n'));
    await client.closed;
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  test('may be of HTTP/1.0', async () => {
    const server = await startServer(echo);
    const client = await server.connect();
    client.send('GET /old HTTP/1.0\r\n\r\n');
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK[^]*\/old 0$/);
  });

  test('waits for the one before it on the same connection', async () => {
    const log: string[] = [];
    const server = await startServer(async (request, response) => {
      log.push(`begin ${request.url}`);
      const body = await readBody(request, 100);
      await new Promise((resolve) => setTimeout(resolve, request.url === '/1' ? 30 : 0));
      log.push(`end ${request.url}`);
      response.end(`<${request.url} ${body.toString()}>`);
    });
    const client = await server.connect();
    client.send(`${put('/1', 3)}abc${get('/2')}${put('/3', 2)}de`);
    await client.read(/<\/1 abc>[^]*<\/2 >[^]*<\/3 de>/);
    expect(log).toEqual(['begin /1', 'end /1', 'begin /2', 'end /2', 'begin /3', 'end /3']);
  });

  test('is not one of thousands sent ahead', async () => {
    let begun = 0;
    const server = await startServer(
      () => {
        begun++;
        return new Promise(() => undefined);
      },
      { limits: { pipelined: 10 } },
    );
    const client = await server.connect();
    client.send(get('/').repeat(50));
    await client.closed;
    expect(begun).toBe(1);
  });
});

describe('with TLS', () => {
  const certificate = generateCertificate({
    commonName: 'localhost',
    names: ['127.0.0.1'],
    days: 1,
    clock: Date.now,
    random: randomBytes,
  });

  async function startTls() {
    const { certPem, keyPem } = await certificate;
    const tls = { cert: Buffer.from(certPem), key: Buffer.from(keyPem) };
    return startServer(
      async (_, response, { isTls }) => {
        response.end(`${isTls}`);
      },
      { tls, host: '0.0.0.0' },
    );
  }

  test('it may listen anywhere', async () => {
    const { port } = await startTls();
    const { certPem } = await certificate;
    const text = await new Promise<string>((resolve, reject) => {
      const url = `https://127.0.0.1:${port}/`;
      httpsGet(url, { ca: certPem, agent: false }, (answer) => {
        answer.setEncoding('utf8').once('data', resolve);
      }).once('error', reject);
    });
    expect(text).toBe('true');
  });

  test('older versions than 1.2 are not spoken, nor plain http', async () => {
    const server = await startTls();
    const failure = new Promise<Error>((resolve, reject) => {
      const options = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', rejectUnauthorized: false };
      const ciphers = 'DEFAULT@SECLEVEL=0';
      tlsConnect({ port: server.port, host: '127.0.0.1', ...options, ciphers } as never)
        .once('secureConnect', () => reject(new Error('was accepted')))
        .once('error', resolve);
    });
    await expect(failure).resolves.toMatchObject({ code: expect.stringMatching(/PROTOCOL|ALERT/) });
    const client = await server.connect();
    client.send(get('/'));
    await client.closed;
    expect(client.received).not.toContain('HTTP');
  });

  test('a client that does not even begin to speak it does not hold up the end', async () => {
    const server = await startTls();
    const client = await server.connect();
    await server.close();
    await client.closed;
    // No more than the grace that this server gives.
    const again = await startTls();
    const half = await again.connect();
    half.send(Buffer.from('160301', 'hex'));
    const started = performance.now();
    await again.close();
    expect(performance.now() - started).toBeLessThan(1000);
    await half.closed;
  });

  test('a key that is not that of the certificate is refused at the start', async () => {
    const { certPem } = await certificate;
    const other = await generateCertificate({
      commonName: 'localhost',
      names: [],
      days: 1,
      clock: Date.now,
      random: randomBytes,
    });
    for (const key of [other.keyPem, 'nonsense', '']) {
      const tls = { cert: Buffer.from(certPem), key: Buffer.from(key) };
      await expect(startServer(echo, { tls })).rejects.toMatchObject({ code: 'serve/config' });
    }
  });
});
