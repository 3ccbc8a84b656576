/**
 * Our own S3 server, started for the bench as anybody would start it, with data and keys in a folder of the bench.
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from '../../src/cli/quickstart/run-program.ts';
import { newAccessKey, startServer } from '../../src/cli/quickstart/server-program.ts';
import type { OwnKms } from './own-kms.ts';
import type { S3Connection, ServerCounters } from './s3-server.ts';

const MONITOR_PORT = 19_464;

export interface OwnServer extends S3Connection {
  readonly pid: number;
}

/**
 * @param bin a built `bin/cybs3.js`
 * @param kms for SSE-KMS; undefined: that is refused
 */
export async function startOwnServer(
  bin: string,
  folder: string,
  kms?: OwnKms,
): Promise<OwnServer> {
  // Of a run before, which was ended in the middle.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const keyFile = join(folder, 'master.key');
  await outputOf(['serve', 'generate-key', keyFile], bin);
  const argv = ['serve', 's3', '--data', join(folder, 'data'), '--master-key-file', keyFile];
  const key = await newAccessKey([...argv, '--add-key', 'bench', '--role', 'full'], bin);
  const ports = ['--port', '0', '--monitor', `127.0.0.1:${MONITOR_PORT}`];
  const { url, pid, stop } = await startServer([...argv, ...ports, ...(kms?.argv ?? [])], {
    program: bin,
    ...(kms && { env: kms.env }),
  });
  return {
    pid,
    endpoint: url,
    region: 'us-east-1',
    accessKey: key.accessKeyId,
    secretKey: key.secretAccessKey,
    collectsMs: 0,
    counters: readCounters,
    stop,
  };
}

async function readCounters(): Promise<ServerCounters> {
  // Kept open, the connection would be closed by the server while a command runs.
  const headers = { connection: 'close' };
  const page = await (await fetch(`http://127.0.0.1:${MONITOR_PORT}/metrics`, { headers })).text();
  const sum = (name: string): number => {
    const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines.reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  return {
    requests: sum('cybs3_s3_requests_total'),
    upBytes: sum('cybs3_s3_received_bytes_total'),
    downBytes: sum('cybs3_s3_sent_bytes_total'),
  };
}
