import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../../../src/servers/audit/verify-audit.ts';
import { TestKms } from '../../support/start-kms.ts';
import { send, signedPost, type RawRequest, type SigningWish } from './signed-post.ts';

const MINUTE_MS = 60_000;

let kms: TestKms;
beforeAll(async () => {
  kms = await TestKms.start();
});
afterAll(() => kms[Symbol.asyncDispose]());

/** Whatever a test did: the server answers the next honest request, and nothing broke inside. */
afterEach(async () => {
  expect(await kms.client().send(new ListKeysCommand({}))).toMatchObject({ Keys: [] });
  expect(kms.errors).toEqual([]);
});

const signed = (wish?: SigningWish): Promise<RawRequest> => signedPost(kms.url, kms.admin, wish);

async function refusalOf(request: RawRequest): Promise<[number, string | undefined]> {
  const { status, type, headers } = await send(kms.url, request);
  expect(headers['content-type']).toBe('application/x-amz-json-1.1');
  expect(headers['x-amzn-requestid']).toMatch(/^[0-9A-F]{16}$/);
  return [status, type];
}

describe('who does not prove who they are gets nothing', () => {
  test('a request that is signed as it has to be is answered', async () => {
    const { status, text, headers } = await send(kms.url, await signed());
    expect([status, JSON.parse(text)]).toEqual([200, { Keys: [], Truncated: false }]);
    expect(headers['cache-control']).toMatch(/no-store/);
  });

  test('an unsigned request', async () => {
    const request = await signed();
    delete request.headers['authorization'];
    expect(await refusalOf(request)).toEqual([400, 'MissingAuthenticationTokenException']);
  });

  test('an access key that there is not', async () => {
    const stranger = { accessKeyId: 'CYBKAAAAAAAAAAAAAAAA', secret: kms.admin.secret };
    const request = await signedPost(kms.url, stranger);
    expect(await refusalOf(request)).toEqual([400, 'UnrecognizedClientException']);
  });

  test('a wrong secret, and a changed signature', async () => {
    const thief = { ...kms.admin, secret: `${kms.admin.secret.slice(0, -1)}!` };
    const request = await signedPost(kms.url, thief);
    expect(await refusalOf(request)).toEqual([400, 'InvalidSignatureException']);
    const bent = await signed();
    const header = bent.headers['authorization'] ?? '';
    const last = header.endsWith('0') ? '1' : '0';
    bent.headers['authorization'] = header.slice(0, -1) + last;
    expect(await refusalOf(bent)).toEqual([400, 'InvalidSignatureException']);
  });

  test('a body that is not the one that was signed, whatever hash the header has', async () => {
    const request = await signed({ operation: 'ListKeys', body: '{"Limit":1}' });
    request.body = '{"Limit":2}';
    expect(await refusalOf(request)).toEqual([400, 'InvalidSignatureException']);
    request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
    expect(await refusalOf(request)).toEqual([400, 'InvalidSignatureException']);
  });

  test('an operation that is not the one that was signed', async () => {
    const request = await signed({ operation: 'ListKeys' });
    request.headers['x-amz-target'] = 'TrentService.CreateKey';
    expect(await refusalOf(request)).toEqual([400, 'InvalidSignatureException']);
  });

  test.each([
    ['six minutes old', -6],
    ['from six minutes ahead', 6],
  ])('a request %s', async (_, minutes) => {
    const request = await signed({ signedAtMs: Date.now() + minutes * MINUTE_MS });
    expect(await refusalOf(request)).toEqual([400, 'InvalidSignatureException']);
  });

  test('a request four minutes old is answered: clocks differ', async () => {
    const request = await signed({ signedAtMs: Date.now() - 4 * MINUTE_MS });
    expect(await send(kms.url, request)).toMatchObject({ status: 200 });
  });

  test('a signature for another service or region', async () => {
    for (const wish of [{ service: 's3' }, { region: 'eu-west-1' }]) {
      expect(await refusalOf(await signed(wish))).toEqual([400, 'InvalidSignatureException']);
    }
  });

  test('a session token: this server gives none', async () => {
    const request = await signed({ headers: { 'x-amz-security-token': 'token' } });
    expect(await refusalOf(request)).toEqual([400, 'UnrecognizedClientException']);
  });

  test.each([
    ['no scheme', 'abc'],
    ['basic authentication', 'Basic YWRtaW46YWRtaW4='],
    ['signature version 2', 'AWS CYBKAAAAAAAAAAAAAAAA:frJIUN8DYpKDtOLCwo//yllqDzg='],
    ['half a header', 'AWS4-HMAC-SHA256 Credential=x'],
    ['nothing after the scheme', 'AWS4-HMAC-SHA256 '],
  ])('a header with %s', async (_, authorization) => {
    const request = await signed();
    request.headers['authorization'] = authorization;
    expect(await refusalOf(request)).toEqual([400, 'IncompleteSignatureException']);
  });

  test('a presigned request: its body would not be signed', async () => {
    const request = await signed();
    delete request.headers['authorization'];
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${kms.admin.accessKeyId}/20260101/us-east-1/kms/aws4_request`,
      'X-Amz-Date': '20260101T000000Z',
      'X-Amz-Expires': '600',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': '0'.repeat(64),
    });
    request.path = `/?${query.toString()}`;
    expect(await refusalOf(request)).toEqual([400, 'IncompleteSignatureException']);
  });

  test('an access key that was removed, from its next request on', async () => {
    const key = kms.addKey();
    const request = await signedPost(kms.url, key);
    expect(await send(kms.url, request)).toMatchObject({ status: 200 });
    kms.withAccessKeys((keys) => keys.remove(key.accessKeyId));
    expect(await refusalOf(request)).toEqual([400, 'UnrecognizedClientException']);
  });
});

describe('what is no sound request is refused', () => {
  test.each([
    ['no JSON', 'Plaintext=aGVsbG8='],
    ['half a document', '{"KeyId":"alias/x"'],
    ['a list', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['one member twice', '{"KeyId":"alias/x","Plaintext":"eA==","\\u004beyId":"alias/y"}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    ['random bytes', Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 256))],
  ])('a body of %s', async (_, body) => {
    const request = await signed({ operation: 'Encrypt', body });
    const answer = await send(kms.url, request);
    expect([answer.status, answer.type]).toEqual([400, 'SerializationException']);
    expect(answer.text).not.toContain('aGVsbG8');
  });

  test('members of a wrong type', async () => {
    for (const body of ['{"KeyId":7}', '{"KeyId":{}}', '{"KeyId":"x","Plaintext":[1]}']) {
      const [status, type] = await refusalOf(await signed({ operation: 'Encrypt', body }));
      expect(status).toBe(400);
      expect(type).toMatch(/^(Serialization|Validation)Exception$/);
    }
  });

  test('another content type, and a compressed body', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await refusalOf(await signed({ headers: form }))).toEqual([
      400,
      'SerializationException',
    ]);
    const gzip = { 'content-encoding': 'gzip' };
    expect(await refusalOf(await signed({ headers: gzip }))).toEqual([
      400,
      'SerializationException',
    ]);
  });

  test.each(['', 'TrentService.', 'TrentService.Sign2', 'OtherService.ListKeys'])(
    'the target “%s”',
    async (target) => {
      const request = await signed({ headers: { 'x-amz-target': target } });
      expect(await refusalOf(request)).toEqual([400, 'UnknownOperationException']);
    },
  );

  test('names that every object has are no operations', async () => {
    for (const operation of ['constructor', '__proto__', 'toString']) {
      const request = await signed({ operation });
      expect(await refusalOf(request)).toEqual([400, 'UnknownOperationException']);
    }
  });

  test('other methods and paths', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['PUT', '/'],
      ['POST', '/Encrypt'],
      ['GET', '/metrics'],
    ] as const) {
      const request = { ...(await signed({ body: '' })), method, path };
      expect(await refusalOf(request)).toEqual([400, 'UnknownOperationException']);
    }
  });

  test('a body above a mebibyte, whether or not it says so', async () => {
    const body = Buffer.alloc(1024 * 1024 + 1, 0x20);
    const declared = await signed({ body });
    expect(await refusalOf(declared)).toEqual([413, 'RequestEntityTooLargeException']);
    const chunked = await signed({ body, headers: { 'transfer-encoding': 'chunked' } });
    expect(await refusalOf(chunked)).toEqual([413, 'RequestEntityTooLargeException']);
  });

  test('large bodies that would fill the memory together, while small ones are read', async () => {
    const { headers } = await signed({ body: '' });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST / HTTP/1.1\r\n${lines.join('')}content-length: 1048576\r\n\r\n`;
    const port = Number(new URL(kms.url).port);
    const sockets = Array.from({ length: 128 }, () => connect(port, '127.0.0.1'));
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.write(head, resolve))),
    );
    await kms.client().send(new ListKeysCommand({}));
    const large = await signed({ body: `{"x":"${'y'.repeat(20_000)}"}` });
    expect(await refusalOf(large)).toEqual([400, 'ThrottlingException']);
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(() => send(kms.url, large), { timeout: 30_000 })
      .toMatchObject({ status: 200 });
  });

  test('headers above 32 KiB', async () => {
    const request = await signed();
    request.headers['x-long'] = 'x'.repeat(40_000);
    const answer = await send(kms.url, request);
    expect([answer.status, answer.text]).toEqual([431, expect.not.stringContaining('xxx')]);
  });

  test('what is no HTTP at all, and a connection that breaks off within a body', async () => {
    expect(await rawAnswer('\x16\x03\x01\x02\x00\x01\x00garbage\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400/,
    );
    const { headers } = await signed({ body: '{"Limit":1}' });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST / HTTP/1.1\r\n${lines.join('')}content-length: 11\r\n\r\n`;
    await brokenOff(`${head}{"Lim`);
  });
});

test('the health check needs no signature and is not in the audit log', async () => {
  const before = await entryCount();
  const request = { method: 'GET', path: '/health', headers: {}, body: '' };
  expect(await send(kms.url, request)).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await entryCount()).toBe(before);
});

test('every refusal is in the audit log, with what was claimed, and the chain holds', async () => {
  const before = await entryCount();
  const stranger = { accessKeyId: 'CYBKSTRANGER', secret: 'secret-of-a-stranger' };
  await send(kms.url, await signedPost(kms.url, stranger));
  const wrong = await signedPost(kms.url, { ...kms.admin, secret: 'wrong' });
  await send(kms.url, wrong);
  const lines = readFileSync(kms.auditFile, 'utf8').trimEnd().split('\n').slice(before);
  const entries = lines.map((line) => JSON.parse(line) as object);
  expect(entries).toMatchObject([
    { claimedAccessKeyId: 'CYBKSTRANGER', outcome: 'UnrecognizedClientException', status: 400 },
    { claimedAccessKeyId: kms.admin.accessKeyId, outcome: 'InvalidSignatureException' },
  ]);
  expect(entries[1]).not.toHaveProperty('principal');
  expect(lines.join()).not.toMatch(/secret-of-a-stranger|Signature=/);
  expect(await verifyAudit(kms.auditFile)).toMatchObject({ entries: before + 2 });
});

async function entryCount(): Promise<number> {
  return readFileSync(kms.auditFile, 'utf8').split('\n').length - 1;
}

function rawAnswer(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(kms.url).port), '127.0.0.1', () => socket.write(text));
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.on('end', () => resolve(Buffer.concat(pieces).toString()));
    socket.on('error', reject);
  });
}

function brokenOff(text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(kms.url).port), '127.0.0.1', () => {
      socket.write(text, () => setTimeout(() => socket.destroy(), 50));
    });
    socket.on('close', () => resolve());
  });
}
