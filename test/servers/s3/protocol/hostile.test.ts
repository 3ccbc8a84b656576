import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Wire, exchange, presign, sendRaw, sign } from '../../support/raw-s3.ts';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

const UNSIGNED = 'UNSIGNED-PAYLOAD';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startS3();
  await sendRaw(s3, { method: 'PUT', path: '/photos' });
  await sendRaw(s3, { method: 'PUT', path: '/photos/kept', body: 'kept' });
});
afterAll(() => s3.stop());

/** Whatever happened: another client is served as ever, and the server blames nothing on itself. */
afterEach(async () => {
  expect(await sendRaw(s3, { path: '/photos/kept' })).toMatchObject({ status: 200, text: 'kept' });
  expect(s3.errors).toEqual([]);
});

async function headOf(key: string, extra: Record<string, string>, payloadHash = UNSIGNED) {
  const raw = { method: 'PUT', path: `/photos/${key}`, headers: extra, payloadHash };
  const headers = await sign(s3, raw);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `PUT /photos/${key} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

async function expectNothingAt(key: string): Promise<void> {
  expect(await sendRaw(s3, { path: `/photos/${key}` })).toMatchObject({ code: 'NoSuchKey' });
}

describe('a body that is not what its head says', () => {
  test('cut short by a client that goes away leaves nothing', async () => {
    using wire = new Wire(s3);
    wire.write(`${await headOf('short', { 'content-length': '1000000' })}${'x'.repeat(500_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    wire[Symbol.dispose]();
    await expectNothingAt('short');
  });

  test('longer than its length: the rest is no request', async () => {
    using wire = new Wire(s3);
    wire.write(`${await headOf('long', { 'content-length': '5' })}hello and more`);
    expect(await wire.untilClosed()).toMatch(/HTTP\/1\.1 400 /);
    const { text, code } = await sendRaw(s3, { path: '/photos/long' });
    expect(code ?? text).toMatch(/^(hello|NoSuchKey)$/);
  });

  test('with a length and chunks at once is refused', async () => {
    using wire = new Wire(s3);
    const both = { 'content-length': '5', 'transfer-encoding': 'chunked' };
    wire.write(`${await headOf('both', both)}5\r\nhello\r\n0\r\n\r\n`);
    expect(await wire.untilClosed()).toMatch(/^HTTP\/1\.1 400 /);
    await expectNothingAt('both');
  });

  test('in broken chunks of HTTP leaves nothing', async () => {
    using wire = new Wire(s3);
    wire.write(`${await headOf('chunks', { 'transfer-encoding': 'chunked' })}5\r\nhello\r\nzz\r\n`);
    await wire.untilClosed();
    await expectNothingAt('chunks');
  });

  test('in sound chunks of HTTP is stored', async () => {
    using wire = new Wire(s3);
    const head = await headOf('sound', { 'transfer-encoding': 'chunked' });
    wire.write(`${head}5\r\nhello\r\n0\r\n\r\n`);
    expect(await wire.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
    expect((await sendRaw(s3, { path: '/photos/sound' })).text).toBe('hello');
  });

  test('of no length at all is refused', async () => {
    using wire = new Wire(s3);
    wire.write(await headOf('nothing', {}));
    expect(await wire.until(/<\/Error>/)).toMatch(/^HTTP\/1\.1 411 [^]*MissingContentLength/);
    await expectNothingAt('nothing');
  });

  const framings: readonly (readonly [what: string, body: string, code: string])[] = [
    ['no chunk of it', 'hello', 'IncompleteBody'],
    ['a chunk without its end', '5\r\nhel', 'IncompleteBody'],
    ['a size that is none', 'zz\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['no last chunk', '5\r\nhello\r\n', 'IncompleteBody'],
    ['fewer bytes than decoded', '4\r\nhell\r\n0\r\n\r\n', 'IncompleteBody'],
    ['more bytes than decoded', '6\r\nhello!\r\n0\r\n\r\n', 'IncompleteBody'],
  ];
  test.each(framings)('in aws-chunked, with %s, leaves nothing', async (_, body, code) => {
    const headers = { 'x-amz-decoded-content-length': '5', 'content-encoding': 'aws-chunked' };
    const payloadHash = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
    const put = { method: 'PUT', path: '/photos/framed', headers, payloadHash, body };
    expect(await sendRaw(s3, put)).toMatchObject({ status: 400, code });
    await expectNothingAt('framed');
  });

  test('with a wrong signature on a chunk leaves nothing', async () => {
    const headers = { 'x-amz-decoded-content-length': '5' };
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    const signed = `;chunk-signature=${'0'.repeat(64)}\r\n`;
    const body = `5${signed}hello\r\n0${signed}\r\n`;
    const put = { method: 'PUT', path: '/photos/signed', headers, payloadHash, body };
    expect(await sendRaw(s3, put)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    await expectNothingAt('signed');
  });

  test('too large by its own word is refused before it comes', async () => {
    using wire = new Wire(s3);
    wire.write(await headOf('huge', { 'content-length': String(6 * 1024 ** 3) }));
    expect(await wire.until(/<\/Error>/)).toMatch(/^HTTP\/1\.1 400 [^]*EntityTooLarge/);
  });
});

describe('a refusal', () => {
  test('comes instead of 100 Continue', async () => {
    using wire = new Wire(s3);
    const expecting = { 'content-length': '10000000', expect: '100-continue' };
    const head = await headOf('big', expecting);
    wire.write(head.replace(/Signature=\w{4}/, 'Signature=0000'));
    expect(await wire.until(/<\/Error>/)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('reaches a client that is still sending', async () => {
    const who = { accessKeyId: 'CYBSAAAAAAAAAAAAAAAA', secretAccessKey: 'x' };
    const body = Buffer.alloc(200_000);
    const put = { method: 'PUT', path: '/photos/big', body, payloadHash: UNSIGNED, who };
    expect(await sendRaw(s3, put)).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
  });

  test('names the request, in the answer and its headers', async () => {
    const reply = await sendRaw(s3, { path: '/photos/none & <none>'.replaceAll(' ', '%20') });
    const id = reply.headers['x-amz-request-id'];
    expect(id).toMatch(/^[0-9A-F]{16}$/);
    expect(reply.text).toContain(`<RequestId>${String(id)}</RequestId>`);
    expect(reply.text).not.toContain('<none>');
    expect(reply.headers).toMatchObject({ 'content-type': 'application/xml', server: 'cybs3' });
    expect(reply.headers['x-amz-id-2']).toBeDefined();
    expect(Date.parse(String(reply.headers['date']))).toBeGreaterThan(0);
  });

  test('of HEAD has no body', async () => {
    const reply = await sendRaw(s3, { method: 'HEAD', path: '/photos/none' });
    expect(reply).toMatchObject({ status: 404, text: '' });
  });
});

describe('a head that is not one', () => {
  const heads: readonly (readonly [what: string, text: string])[] = [
    ['nonsense', 'hello\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(100_000)}`],
    ['very many headers', `GET / HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(20_000)}\r\n`],
    ['a target without end', `GET /${'x'.repeat(100_000)}`],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a header with a line end in it', 'GET / HTTP/1.1\r\nhost: a\r\nx\r: y\r\n\r\n'],
    ['bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ];
  test.each(heads)('%s: 4xx and closed', async (_, text) => {
    using wire = new Wire(s3);
    wire.write(Buffer.from(text, 'latin1'));
    expect(await wire.untilClosed()).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
  });

  test('300 connections that say nothing, or half a head, keep nobody waiting', async () => {
    const wires = Array.from({ length: 300 }, () => new Wire(s3));
    for (const [i, wire] of wires.entries()) if (i % 2) wire.write('GET /photos HTTP/1.1\r\nx: ');
    const startMs = performance.now();
    expect((await sendRaw(s3, { path: '/photos/kept' })).status).toBe(200);
    expect(performance.now() - startMs).toBeLessThan(20_000);
    for (const wire of wires) wire[Symbol.dispose]();
  });
});

describe('a document', () => {
  const documents: readonly (readonly [what: string, body: string])[] = [
    ['that is no XML', 'hello'],
    ['that is empty', ''],
    ['of another kind', '<Tagging/>'],
    ['with entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><Delete>&b;</Delete>'],
    ['nested without end', `<Delete>${'<Object>'.repeat(100_000)}`],
    ['of many megabytes', `<Delete>${' '.repeat(5_000_000)}</Delete>`],
  ];
  test.each(documents)('%s is refused', async (_, body) => {
    const headers = { 'content-md5': (await import('node:crypto')).hash('md5', body, 'base64') };
    const reply = await sendRaw(s3, {
      method: 'POST',
      path: '/photos',
      query: { delete: '' },
      headers,
      body,
    });
    expect(reply).toMatchObject({ status: 400 });
    expect(['MalformedXML', 'MissingRequestBodyError']).toContain(reply.code);
  });
});

describe('keys with tricks', () => {
  const keys = ['../../etc/passwd', '..', '.', '/', '//', 'a//b', './a', 'a/../b', '\n', '\u0001'];
  const more = [
    'con',
    'a\\..\\b',
    '%2e%2e%2f',
    '%',
    'é',
    '🙂',
    'x'.repeat(1024),
    '\0',
    'a\0b',
    ' ',
  ];
  test.each([...keys, ...more])('%j is a key like any other', async (key) => {
    const path = `/photos/${[...Buffer.from(key)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join('')}`;
    expect((await sendRaw(s3, { method: 'PUT', path, body: key })).status).toBe(200);
    expect((await sendRaw(s3, { path })).text).toBe(key);
    const list = { path: '/photos', query: { prefix: key, 'encoding-type': 'url' } };
    const { text } = await sendRaw(s3, list);
    expect(text).toMatch(/<Contents>/);
    expect((await sendRaw(s3, { method: 'DELETE', path })).status).toBe(204);
  });
});

describe('what is damaged on disk', () => {
  const path = '/photos/damaged';
  const body = Buffer.alloc(2_000_000, 'x');

  function damage(at: (sizeBytes: number) => number): void {
    const data = join(s3.folder, 'data');
    const files = readdirSync(data, { recursive: true, withFileTypes: true });
    for (const file of files.filter((one) => one.isFile())) {
      const name = join(file.parentPath, file.name);
      const bytes = readFileSync(name);
      if (bytes.length < 1_000_000) continue;
      const place = at(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      writeFileSync(name, bytes);
    }
  }

  test('is an error where it begins, and the end of the connection in the middle', async () => {
    await sendRaw(s3, { method: 'PUT', path, body, payloadHash: UNSIGNED });
    damage((sizeBytes) => sizeBytes - 100);
    await expect(sendRaw(s3, { path })).rejects.toThrow(/aborted|hang up/);
    damage(() => 100);
    expect(await sendRaw(s3, { path })).toMatchObject({ status: 500, code: 'InternalError' });
    expect(s3.errors.splice(0).length).toBeGreaterThan(0);
    await sendRaw(s3, { method: 'DELETE', path });
  });
});

test('a client that goes away in the middle of an answer leaves nothing open', async () => {
  const path = '/photos/large';
  const body = Buffer.alloc(8_000_000, 'x');
  await sendRaw(s3, { method: 'PUT', path, body, payloadHash: UNSIGNED });
  const headers = await sign(s3, { path });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 20; i++) {
    using wire = new Wire(s3);
    wire.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    await wire.until(/xxxx/);
  }
  const open = () => readdirSync('/proc/self/fd').length;
  await expect.poll(open, { timeout: 30_000 }).toBeLessThan(before + 10);
});

describe('what would break out of a header', () => {
  const evil = 'a\r\nx-evil: 1';
  test('in the query of a presigned URL is refused', async () => {
    const query = { 'x-amz-meta-a': evil };
    const target = await presign(s3, { method: 'PUT', path: '/photos/evil', query }, 60);
    expect(await exchange(s3, 'PUT', target, {}, 'x')).toMatchObject({ code: 'InvalidArgument' });
    await expectNothingAt('evil');
  });

  test.each([evil, '€', '\0'])('as a wish for an answer is refused: %j', async (value) => {
    const query = { 'response-content-disposition': value };
    const reply = await sendRaw(s3, { path: '/photos/kept', query });
    expect(reply).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect(reply.headers['x-evil']).toBeUndefined();
  });
});

test('a bucket may be the host', async () => {
  await using hosted = await startS3({ domains: ['s3.example.org'] });
  const host = `photos.s3.example.org:${hosted.port}`;
  const put = { method: 'PUT', path: '/', headers: { host } };
  expect((await sendRaw(hosted, put)).status).toBe(200);
  const object = { method: 'PUT', path: '/a/b', headers: { host }, body: 'hello' };
  expect((await sendRaw(hosted, object)).status).toBe(200);
  expect((await sendRaw(hosted, { path: '/photos/a/b' })).text).toBe('hello');
  expect((await exchange(hosted, 'GET', '/a/b', { host })).status).toBe(403);
});
