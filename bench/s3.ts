/**
 * The S3 server that is measured against: a bucket of its own, a prefix for each sequence, and the server's
 * own counters of requests and bytes where they can be had.
 * @module
 */
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { connect } from 'node:net';
import type { S3Place } from './tools/tool.ts';

const BUCKET = 'cybs3-bench';
/** Where Ceph's gateway listens for questions, when it was started by the project's script. */
const DEFAULT_ADMIN_SOCKET = '/tmp/rgw-data/run/client.rgw.local.asok';

/** What the server has seen since it started. */
export interface ServerCounters {
  readonly requests: number;
  readonly upBytes: number;
  readonly downBytes: number;
}

export class S3Server {
  readonly #client: S3Client;
  readonly #settings: Omit<S3Place, 'prefix'>;
  readonly #adminSocket: string;

  private constructor(settings: Omit<S3Place, 'prefix'>, adminSocket: string) {
    this.#settings = settings;
    this.#adminSocket = adminSocket;
    this.#client = new S3Client({
      endpoint: settings.endpoint,
      region: settings.region,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    });
  }

  /** The server that `RGW_ENDPOINT`, `RGW_ACCESS_KEY` and `RGW_SECRET_KEY` name. */
  static async open(env: NodeJS.ProcessEnv): Promise<S3Server> {
    const [endpoint, accessKey] = [env['RGW_ENDPOINT'], env['RGW_ACCESS_KEY']];
    const secretKey = env['RGW_SECRET_KEY'];
    if (!endpoint || !accessKey || !secretKey) {
      throw new Error('the target s3 needs RGW_ENDPOINT, RGW_ACCESS_KEY and RGW_SECRET_KEY');
    }
    const region = env['RGW_REGION'] ?? 'us-east-1';
    const settings = { endpoint, region, bucket: BUCKET, accessKey, secretKey };
    const server = new S3Server(settings, env['RGW_ADMIN_SOCKET'] ?? DEFAULT_ADMIN_SOCKET);
    await server.#client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return server;
  }

  place(prefix: string): S3Place {
    return { ...this.#settings, prefix };
  }

  /** Lengths of all objects under a prefix, added up. */
  async bytesUnder(prefix: string): Promise<number> {
    let bytes = 0;
    for await (const page of this.#pages(prefix)) {
      for (const { Size = 0 } of page) bytes += Size;
    }
    return bytes;
  }

  /** @returns bytes removed */
  async remove(prefix: string): Promise<number> {
    let bytes = 0;
    for await (const page of this.#pages(prefix)) {
      const Objects = page.map(({ Key }) => ({ Key }));
      await this.#client.send(
        new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects, Quiet: true } }),
      );
      for (const { Size = 0 } of page) bytes += Size;
    }
    return bytes;
  }

  async *#pages(prefix: string) {
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: BUCKET,
          Prefix: `${prefix}/`,
          ContinuationToken: token,
        }),
      );
      if (page.Contents && page.Contents.length > 0) yield page.Contents;
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Undefined where the server has no counters to be asked for. */
  async counters(): Promise<ServerCounters | undefined> {
    try {
      const { rgw } = (await ask(this.#adminSocket, 'perf dump')) as { rgw: Counters };
      const { req = 0, get_b: downBytes = 0, put_b: upBytes = 0 } = rgw;
      return { requests: req, upBytes, downBytes };
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#client.destroy();
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
