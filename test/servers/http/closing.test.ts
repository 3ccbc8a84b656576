import { expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { get, put, startServer } from './test-server.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('closing ends idle connections and takes no new ones', async () => {
  const server = await startServer(async (_, response) => {
    response.end('x');
  });
  const fresh = await server.connect();
  const used = await server.connect();
  const begun = await server.connect();
  used.send(get('/'));
  await used.read(/\r\n\r\nx/);
  begun.send('GET / HT');
  await pause(20);
  const started = performance.now();
  await server.close();
  expect(performance.now() - started).toBeLessThan(90);
  await Promise.all([fresh.closed, used.closed, begun.closed]);
  await expect(RawClient.open(server.port)).rejects.toThrow('ECONNREFUSED');
});

test('closing lets uploads and answers under way finish, and says so to the client', async () => {
  const server = await startServer(
    async (request, response) => {
      if (request.url === '/slow') {
        response.write('begin');
        await pause(60);
        response.end('end');
        return;
      }
      let length = 0;
      for await (const piece of request) length += (piece as Buffer).length;
      response.end(`${length} bytes`);
    },
    { closeGraceMs: 5000 },
  );
  const upload = await server.connect();
  const slow = await server.connect();
  upload.send(`${put('/', 6)}abc`);
  slow.send(get('/slow'));
  await slow.read(/begin/);
  const closing = server.close();
  await pause(20);
  upload.send('def');
  expect(await upload.read(/6 bytes/)).toContain('Connection: close');
  await slow.read(/end/);
  await closing;
  await Promise.all([upload.closed, slow.closed]);
  expect(server.errors).toEqual([]);
  await server.close();
});

test('closing does not wait for ever', async () => {
  const server = await startServer(() => new Promise(() => undefined), { closeGraceMs: 50 });
  const client = await server.connect();
  client.send(get('/'));
  await pause(20);
  await server.close();
  await client.closed;
});
