import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyAudit } from '../../../../src/servers/audit/verify-audit.ts';
import { STRANGERS_PER_SECOND } from '../../../../src/servers/audit/stranger-log.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { exchange, presign, sendRaw } from '../../support/raw-s3.ts';
import { startS3 } from '../../support/start-s3.ts';

const folder = temporaryFolder();

function linesOf(file: string): Record<string, unknown>[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('all requests are in log and metrics, changes and refusals in the audit log', async () => {
  const files = {
    accessLogFile: join(folder, 'access.jsonl'),
    auditLogFile: join(folder, 'audit.jsonl'),
  };
  const s3 = await startS3({ ...files, monitor: { host: '127.0.0.1', port: 0 } });
  await sendRaw(s3, { method: 'PUT', path: '/photos' });
  await sendRaw(s3, { method: 'PUT', path: '/photos/a%20b', body: 'plain text of mine' });
  await sendRaw(s3, { path: '/photos/a%20b' });
  await sendRaw(s3, { path: '/photos/none' });
  await exchange(s3, 'GET', '/photos/a%20b');
  const target = await presign(s3, { path: '/photos/a%20b' }, 60);
  await exchange(s3, 'GET', target);
  const { principal, secret } = s3.accessKeys.read;
  const who = { accessKeyId: principal.accessKeyId, secretAccessKey: secret };
  await sendRaw(s3, { method: 'DELETE', path: '/photos/a%20b', who });
  await sendRaw(s3, { path: '/photos', query: { torrent: '' } });
  const metrics = await (await fetch(`${s3.server.monitorUrl}/metrics`)).text();
  const health = await fetch(`${s3.server.monitorUrl}/health`);
  await s3.stop();

  const access = linesOf(files.accessLogFile);
  expect(access.map(({ operation, status, error }) => [operation, status, error])).toEqual([
    ['CreateBucket', 200, undefined],
    ['PutObject', 200, undefined],
    ['GetObject', 200, undefined],
    ['GetObject', 404, 'NoSuchKey'],
    [undefined, 403, 'AccessDenied'],
    ['GetObject', 200, undefined],
    ['DeleteObject', 403, 'AccessDenied'],
    [undefined, 501, 'NotImplemented'],
  ]);
  expect(access[1]).toMatchObject({ principal: 'full', bucket: 'photos', key: 'a b', bytesIn: 18 });
  expect(access[2]).toMatchObject({ remote: '127.0.0.1', bytesOut: 18, method: 'GET' });

  const audit = linesOf(files.auditLogFile);
  expect(audit.map(({ event, operation, status }) => event ?? [operation, status])).toEqual([
    'start',
    ['CreateBucket', 200],
    ['PutObject', 200],
    [null, 403],
    ['DeleteObject', 403],
    'stop',
  ]);
  expect(audit[4]).toMatchObject({ principal: 'read', key: 'a b', error: 'AccessDenied' });
  expect(await verifyAudit(files.auditLogFile)).toMatchObject({ entries: audit.length });

  expect(metrics).toContain('cybs3_s3_requests_total{operation="PutObject",status="200"} 1');
  expect(metrics).toContain('cybs3_s3_received_bytes_total{operation="PutObject"} 18');
  expect(metrics).toMatch(/cybs3_s3_request_seconds_count\{operation="GetObject"\} 3/);
  expect(metrics).toMatch(/cybs3_s3_free_bytes [1-9]\d+/);
  expect(health.status).toBe(200);

  const texts = [files.accessLogFile, files.auditLogFile].map((one) => readFileSync(one, 'utf8'));
  const signature = /X-Amz-Signature=(\w+)/.exec(target)?.[1] ?? 'none';
  for (const text of [...texts, metrics]) {
    for (const hidden of ['plain text', signature, secret, s3.accessKeys.full.secret]) {
      expect(text).not.toContain(hidden);
    }
  }
});

test('a flood of strangers is cut short and counted; known keys are never left out', async () => {
  const auditLogFile = join(folder, 'flood.jsonl');
  const s3 = await startS3({ auditLogFile });
  const { accessKeyId } = s3.accessKeys.full.principal;
  const unknown = { accessKeyId: 'CYBSAAAAAAAAAAAAAAAA', secretAccessKey: 'none' };
  const forger = { accessKeyId, secretAccessKey: 'none' };
  const rounds = 3 * STRANGERS_PER_SECOND;
  for (let round = 0; round < rounds; round++) {
    await Promise.all([
      exchange(s3, 'GET', '/box/unsigned'),
      sendRaw(s3, { path: '/box/unknown', who: unknown }),
      sendRaw(s3, { path: '/box/forged', who: forger }),
    ]);
  }
  await sendRaw(s3, { method: 'PUT', path: '/photos' });
  await s3.stop();
  const audit = linesOf(auditLogFile);
  const count = (name: string): number => audit.filter(({ error }) => error === name).length;
  expect(count('SignatureDoesNotMatch')).toBe(rounds);
  expect(audit.filter(({ operation }) => operation === 'CreateBucket')).toHaveLength(1);
  const written = count('AccessDenied') + count('InvalidAccessKeyId');
  const counts = audit.filter(({ event }) => event === 'strangers-left-out');
  const leftOut = counts.reduce((sum, entry) => sum + Number(entry['count']), 0);
  expect(written).toBeGreaterThanOrEqual(STRANGERS_PER_SECOND);
  expect(leftOut).toBeGreaterThan(0);
  expect(written + leftOut).toBe(2 * rounds);
  expect(await verifyAudit(auditLogFile)).toMatchObject({ entries: audit.length });
});

test('a change that cannot be written down is not acknowledged', async () => {
  if (!existsSync('/dev/full')) return;
  await expect(startS3({ auditLogFile: '/dev/full' })).rejects.toThrow();
});
