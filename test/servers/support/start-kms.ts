/**
 * A KMS for tests: real files, a real socket on loopback, a clock that can be turned.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { AccessKeys, type NewAccessKey } from '../../../src/servers/kms/access/access-keys.ts';
import { openKmsData } from '../../../src/servers/kms/open-kms-data.ts';
import { startKms, type KmsServer } from '../../../src/servers/kms/serve-kms.ts';
import { MasterKey } from '../../../src/servers/secrets/master-key.ts';

export const REGION = 'us-east-1';

export interface KeyLimits {
  readonly name?: string;
  readonly operations?: readonly string[];
  readonly keyIds?: readonly string[];
}

export interface TestKmsOptions {
  readonly withMonitor?: boolean;
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}

/** Stops, and removes its folder, when disposed of. */
export class TestKms {
  readonly folder: string;
  readonly masterBytes = randomBytes(32);
  /** What went wrong inside: empty, unless a test makes it. */
  readonly errors: unknown[] = [];
  /** Added to the real time. */
  aheadMs = 0;
  readonly #options: TestKmsOptions;
  readonly #clients: KMSClient[] = [];
  #server: KmsServer | undefined;
  #master: MasterKey | undefined;
  #admin: NewAccessKey | undefined;

  private constructor(folder: string, options: TestKmsOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async start(options: TestKmsOptions = {}): Promise<TestKms> {
    const kms = new TestKms(mkdtempSync(join(tmpdir(), 'cybs3-kms-')), options);
    await kms.start();
    return kms;
  }

  /** On the same data, at another port. */
  async start(): Promise<void> {
    this.#master = MasterKey.of(this.masterBytes);
    const { tls, withMonitor = false } = this.#options;
    this.#server = await startKms({
      folder: this.folder,
      auditFile: undefined,
      master: this.#master,
      region: REGION,
      listen: {
        host: '127.0.0.1',
        port: 0,
        allowsInsecureHttp: false,
        closeGraceMs: 2000,
        ...(tls && { tls }),
      },
      monitor: withMonitor ? { host: '127.0.0.1', port: 0 } : undefined,
      programVersion: 'test',
      clock: () => this.nowMs,
      random: (length) => randomBytes(length),
      onError: (error) => this.errors.push(error),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    this.#master?.[Symbol.dispose]();
  }

  get nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  get server(): KmsServer {
    if (!this.#server) throw new Error('the KMS is stopped');
    return this.#server;
  }

  get url(): string {
    return this.server.url;
  }

  get auditFile(): string {
    return join(this.folder, 'audit.jsonl');
  }

  /** May do everything. */
  get admin(): NewAccessKey {
    return (this.#admin ??= this.addKey({ name: 'admin' }));
  }

  /** As the command line does it: beside the server, in a connection of its own. */
  addKey({ name = 'someone', operations = [], keyIds = [] }: KeyLimits = {}): NewAccessKey {
    return this.withAccessKeys((keys) =>
      keys.add({ name, operations, keyIds }, this.nowMs, (length) => randomBytes(length)),
    );
  }

  withAccessKeys<T>(work: (keys: AccessKeys) => T): T {
    using master = MasterKey.of(this.masterBytes);
    const db = openKmsData(this.folder, master);
    try {
      return work(new AccessKeys(db, master));
    } finally {
      db.close();
    }
  }

  /** AWS's own client; by default with a key that may do everything. */
  client(key: NewAccessKey = this.admin): KMSClient {
    const client = new KMSClient({
      endpoint: this.url,
      region: REGION,
      credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secret },
      maxAttempts: 1,
      systemClockOffset: this.aheadMs,
    });
    this.#clients.push(client);
    return client;
  }

  /** The environment that AWS's tools take their key from. */
  env(key: NewAccessKey = this.admin): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secret,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
