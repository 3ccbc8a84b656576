/**
 * A Ceph gateway that runs already: named by `RGW_…` variables, and asked over its admin socket what it counted.
 * @module
 */
import { connect } from 'node:net';
import type { S3Connection, ServerCounters } from './s3-server.ts';

/** Where it listens for questions, when it was started by the project's script. */
const DEFAULT_ADMIN_SOCKET = '/tmp/rgw-data/run/client.rgw.local.asok';
/** Ceph gives deleted space back some time later; without a pause a small store runs full. */
const COLLECTS_MS = 60_000;

/** @throws Error where `RGW_ENDPOINT`, `RGW_ACCESS_KEY` or `RGW_SECRET_KEY` is missing */
export function connectToCeph(env: NodeJS.ProcessEnv): S3Connection {
  const { RGW_ENDPOINT: endpoint, RGW_ACCESS_KEY: accessKey, RGW_SECRET_KEY: secretKey } = env;
  if (!endpoint || !accessKey || !secretKey) {
    throw new Error('the target s3 needs RGW_ENDPOINT, RGW_ACCESS_KEY and RGW_SECRET_KEY');
  }
  const adminSocket = env['RGW_ADMIN_SOCKET'] ?? DEFAULT_ADMIN_SOCKET;
  return {
    endpoint,
    region: env['RGW_REGION'] ?? 'us-east-1',
    accessKey,
    secretKey,
    collectsMs: COLLECTS_MS,
    counters: () => readCounters(adminSocket),
    stop: async () => undefined,
  };
}

async function readCounters(adminSocket: string): Promise<ServerCounters | undefined> {
  try {
    const { rgw } = (await ask(adminSocket, 'perf dump')) as { rgw: Counters };
    const { req = 0, get_b: downBytes = 0, put_b: upBytes = 0 } = rgw;
    return { requests: req, upBytes, downBytes };
  } catch {
    return undefined;
  }
}

/** Some of what Ceph's gateway counts: requests, bytes of GET answers, bytes of PUT bodies. */
type Counters = { readonly req?: number; readonly get_b?: number; readonly put_b?: number };

/** Ceph's admin socket: a JSON command ended by a zero byte; the answer has its length in front. */
async function ask(socketPath: string, command: string): Promise<unknown> {
  const parts: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const socket = connect(socketPath);
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('error', reject);
    socket.on('end', resolve);
    socket.write(`${JSON.stringify({ prefix: command })}\0`);
  });
  return JSON.parse(Buffer.concat(parts).subarray(4).toString('utf8'));
}
