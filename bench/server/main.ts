/**
 * What our own S3 server takes for small and large objects, beside `cp` of the same bytes; everything is encrypted
 * and durable before it is acknowledged, as the server always does it.
 *
 *     npm run bench:server -- [--mib 1024] [--puts 5000] [--gets 20000] [--connections 32]
 *                             [--work DIR] [--cybs3 bin/cybs3.js] [--json FILE] [--write-docs]
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, PutBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { GiB, KiB, MiB } from '../../src/base/units.ts';
import { measure } from '../measure.ts';
import { commandBlock, writePart } from '../report/made-part.ts';
import { startOwnKms } from '../s3/own-kms.ts';
import { startOwnServer, type OwnServer } from '../s3/own.ts';
import { cpuSecondsOf, peakBytesOf } from './process-figures.ts';
import { sendAll, type RawRequest } from './raw-connections.ts';
import { signedHead } from './signed-request.ts';

const BUCKET = 'bench';
/** Its objects are encrypted under a key of our KMS, as the quickstart does it: without an MD5 as ETag. */
const KMS_BUCKET = 'bench-kms';
const LARGE_BYTES = 16 * MiB;
const SMALL_BYTES = 4 * KiB;
/** Large objects at once. */
const STREAMS = 4;

const string = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    mib: { ...string, default: '1024' },
    puts: { ...string, default: '5000' },
    gets: { ...string, default: '20000' },
    connections: { ...string, default: '32' },
    work: { ...string, default: '/tmp/cybs3-bench/server' },
    cybs3: { ...string, default: resolve(import.meta.dirname, '../../bin/cybs3.js') },
    json: string,
    'write-docs': { type: 'boolean', default: false },
  },
});

interface Row {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
  readonly wallS: number;
  readonly cpuS: number;
}

/** Wall time, and the server's CPU time; a tenth as many requests, for objects of their own, go before. */
async function row(
  server: OwnServer,
  name: string,
  { count, each, streams }: { count: number; each: number; streams: number },
  request: (n: number) => RawRequest,
): Promise<Row> {
  await sendAll(server.endpoint, streams, numbered(-Math.ceil(count / 10), 0, request));
  const [begin, usedS] = [performance.now(), cpuSecondsOf(server.pid)];
  await sendAll(server.endpoint, streams, numbered(0, count, request));
  const wallS = (performance.now() - begin) / 1000;
  return { name, count, bytes: count * each, wallS, cpuS: cpuSecondsOf(server.pid) - usedS };
}

function* numbered(
  from: number,
  to: number,
  make: (n: number) => RawRequest,
): Generator<RawRequest> {
  for (let n = from; n < to; n++) yield make(n);
}

interface Load {
  readonly bucket?: string;
  readonly puts: number;
  readonly gets: number;
  /** Connections. */
  readonly streams: number;
}

async function measureObjects(
  server: OwnServer,
  name: string,
  each: number,
  { bucket = BUCKET, puts, gets, streams }: Load,
): Promise<Row[]> {
  const body = randomBytes(each);
  const before = Math.ceil(puts / 10);
  const indexOf = (n: number): number => (n < 0 ? puts + (-n % before) : n % puts);
  // Signed before the clock runs.
  const heads = (method: string, bytes: number) =>
    Array.from({ length: puts + before }, (_, n) =>
      signedHead(server, method, `/${bucket}/${each}/${n}`, bytes),
    );
  const [put, get] = [heads('PUT', each), heads('GET', 0)];
  const of = (all: readonly Buffer[], n: number) => all[indexOf(n)] as Buffer;
  const size = { each, streams };
  const readAll = (what: string): Promise<Row> =>
    row(server, `GET, ${what}`, { ...size, count: gets }, (n) => [of(get, n)]);
  const rows = [
    await row(server, `PUT, ${name}`, { ...size, count: puts }, (n) => [of(put, n), body]),
    await readAll(name),
  ];
  // What was read once is in the memory of the system, as the file is that `cp` copies.
  return each === LARGE_BYTES ? [...rows, await readAll(`${name}, again`)] : rows;
}

async function createBuckets(server: OwnServer): Promise<void> {
  const { endpoint, region, accessKey, secretKey } = server;
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  for (const Bucket of [BUCKET, KMS_BUCKET]) await client.send(new CreateBucketCommand({ Bucket }));
  const byDefault = { SSEAlgorithm: 'aws:kms' } as const;
  const Rules = [{ ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: true }];
  const ServerSideEncryptionConfiguration = { Rules };
  await client.send(
    new PutBucketEncryptionCommand({ Bucket: KMS_BUCKET, ServerSideEncryptionConfiguration }),
  );
  client.destroy();
}

function measureCopy(work: string, bytes: number): Row {
  const [from, to] = [join(work, 'plain'), join(work, 'copy')];
  const file = openSync(from, 'w');
  for (let done = 0; done < bytes; done += LARGE_BYTES) writeSync(file, randomBytes(LARGE_BYTES));
  closeSync(file);
  const environment = { PATH: process.env['PATH'] ?? '' };
  const argv = ['cp', '--reflink=never', from, to];
  const { userS, systemS, wallS } = measure({ argv }, { work, environment });
  rmSync(from);
  rmSync(to);
  return { name: '`cp` of as much', count: 1, bytes, wallS, cpuS: userS + systemS };
}

function toMarkdown(rows: readonly Row[], peakBytes: number): string {
  const lines = rows.map(({ name, count, bytes, wallS, cpuS }) =>
    [
      '',
      name,
      count,
      (count / wallS).toFixed(count > 1000 ? 0 : 2),
      (bytes / wallS / 1e6).toFixed(1),
      ((cpuS / count) * 1e6).toFixed(0),
      ((cpuS / bytes) * GiB).toFixed(2),
      '',
    ]
      .join(' | ')
      .trim(),
  );
  return [
    '| work | how often | per second | MB per second | server CPU µs each | CPU s per GiB |',
    '| --- | --: | --: | --: | --: | --: |',
    ...lines,
    '',
    `Peak memory of the server: ${(peakBytes / 1e6).toFixed(0)} MB.`,
  ].join('\n');
}

const work = resolve(values.work);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const bytes = Number(values.mib) * MiB;
const copy = measureCopy(work, bytes);
const bin = resolve(values.cybs3);
const kms = await startOwnKms(bin, join(work, 'kms'));
const server = await startOwnServer(bin, join(work, 'data'), kms);
try {
  await createBuckets(server);
  const [puts, gets] = [Number(values.puts), Number(values.gets)];
  const count = bytes / LARGE_BYTES;
  const large = { puts: count, gets: count, streams: STREAMS };
  const small = { puts, gets, streams: Number(values.connections) };
  const rows = [
    copy,
    ...(await measureObjects(server, '16 MiB', LARGE_BYTES, large)),
    ...(await measureObjects(server, '4 KiB', SMALL_BYTES, small)),
    ...(await measureObjects(server, '16 MiB, SSE-KMS', LARGE_BYTES, {
      ...large,
      bucket: KMS_BUCKET,
    })),
  ];
  const table = toMarkdown(rows, peakBytesOf(server.pid));
  const command = ['npm run bench:server --', ...process.argv.slice(2)].join(' ');
  const made = `${commandBlock(command)}\n\n${table}`;
  console.log(made);
  if (values['write-docs']) writePart('bench:server', made);
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  }
} finally {
  await server.stop();
  await kms.stop();
  rmSync(work, { recursive: true, force: true });
}
