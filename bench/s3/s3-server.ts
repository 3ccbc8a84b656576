/**
 * An S3 server that is measured against: a bucket of its own, a prefix for each sequence.
 * @module
 */
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Place } from '../tools/tool.ts';

const BUCKET = 'cybs3-bench';

/** What the server has seen since it started. */
export interface ServerCounters {
  readonly requests: number;
  readonly upBytes: number;
  readonly downBytes: number;
}

/** How a server is reached, and asked what it counted. */
export interface S3Connection {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** How long it may take until the room of what was deleted is free. */
  readonly collectsMs: number;
  /** Undefined where it cannot tell. */
  counters(): Promise<ServerCounters | undefined>;
  /** Ends it, where the bench has started it. */
  stop(): Promise<void>;
}

export class S3Server {
  readonly #client: S3Client;
  readonly #settings: Omit<S3Place, 'prefix'>;
  readonly #connection: S3Connection;

  private constructor(connection: S3Connection) {
    const { endpoint, region, accessKey, secretKey } = connection;
    const settings = { endpoint, region, bucket: BUCKET, accessKey, secretKey };
    this.#connection = connection;
    this.#settings = settings;
    this.#client = new S3Client({
      endpoint: settings.endpoint,
      region: settings.region,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    });
  }

  /** Makes the bucket, where it is not there. */
  static async open(connection: S3Connection): Promise<S3Server> {
    const server = new S3Server(connection);
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

  get collectsMs(): number {
    return this.#connection.collectsMs;
  }

  counters(): Promise<ServerCounters | undefined> {
    return this.#connection.counters();
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

  async close(): Promise<void> {
    this.#client.destroy();
    await this.#connection.stop();
  }
}
