/**
 * Our own S3 server, started for the bench as anybody would start it, with data and keys in a folder of the bench.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { S3Connection, ServerCounters } from './s3-server.ts';

const MONITOR_PORT = 19_464;

export interface OwnServer extends S3Connection {
  readonly pid: number;
}

/** @param bin a built `bin/cybs3.js` */
export async function startOwnServer(bin: string, folder: string): Promise<OwnServer> {
  mkdirSync(folder, { recursive: true });
  const keyFile = join(folder, 'master.key');
  const run = async (...args: readonly string[]): Promise<string> => {
    const child = spawn(process.execPath, [bin, 'serve', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await text(child.stdout);
    if (child.exitCode === null) await once(child, 'exit');
    if (child.exitCode !== 0) throw new Error(`cybs3 serve ${args[0]} ended with an error`);
    return said;
  };
  if (!existsSync(keyFile)) await run('generate-key', keyFile);
  const server = ['s3', '--data', join(folder, 'data'), '--master-key-file', keyFile];
  const key = JSON.parse(await run(...server, '--add-key', 'bench', '--role', 'full', '--json'));
  const ports = ['--port', '0', '--monitor', `127.0.0.1:${MONITOR_PORT}`];
  const child = spawn(process.execPath, [bin, 'serve', ...server, ...ports, '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return {
    pid: child.pid ?? 0,
    endpoint: await addressOf(child),
    region: 'us-east-1',
    accessKey: key.accessKeyId,
    secretKey: key.secretAccessKey,
    collectsMs: 0,
    counters: readCounters,
    stop: () => stop(child),
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^listening on (http\S+)$/.exec(line)?.[1];
      if (url !== undefined) return url;
    }
  }
  throw new Error('cybs3 serve s3 did not start');
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

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
