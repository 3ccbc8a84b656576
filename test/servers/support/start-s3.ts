/**
 * An S3 server in this process, on a port of its own, with one access key for each role.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { makeAccessKey } from '../../../src/servers/s3/access/access-key.ts';
import type { AccessKey } from '../../../src/servers/s3/access/access-key.ts';
import type { Role, Scope } from '../../../src/servers/s3/model/principal.ts';
import { serveS3 } from '../../../src/servers/s3/serve-s3.ts';
import type { S3Server, S3ServerOptions } from '../../../src/servers/s3/serve-s3.ts';
import { MasterKey } from '../../../src/servers/secrets/master-key.ts';

export interface TestS3 extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly region: string;
  /** Of the server's data. */
  readonly folder: string;
  readonly server: S3Server;
  /** By role; all without scopes. */
  readonly accessKeys: Readonly<Record<Role, AccessKey>>;
  /** What the server reported as its own fault, unless a test expects it and takes it out. */
  readonly errors: unknown[];
  /** Another access key. */
  addKey(name: string, role: Role, scopes?: readonly Scope[]): AccessKey;
  /** The real SDK; destroyed with the server. By role, or with a key of `addKey`. */
  client(who?: Role | AccessKey, config?: Partial<S3ClientConfig>): S3Client;
  /** The folder is removed, unless it was given. */
  stop(): Promise<void>;
}

export interface StartS3Options extends Partial<
  Pick<
    S3ServerOptions,
    'domains' | 'kms' | 'clock' | 'random' | 'monitor' | 'accessLogFile' | 'auditLogFile'
  >
> {
  /** Kept after `stop`: for a server that goes on where another one ended. */
  readonly folder?: string;
  readonly masterKey?: Uint8Array;
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}

/** Of all test servers that are not given another one. */
export const MASTER_KEY_BYTES = createHash('sha256').update('a test’s master key').digest();

export async function startS3(options: StartS3Options = {}): Promise<TestS3> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'cybs3-s3-')));
  const masterKey = MasterKey.of(options.masterKey ?? MASTER_KEY_BYTES);
  const errors: unknown[] = [];
  const clock = options.clock ?? Date.now;
  const random = options.random ?? randomBytes;
  const removeFolder = async (): Promise<void> => {
    masterKey[Symbol.dispose]();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  const serving = serveS3({
    folder,
    masterKey,
    region: 'us-east-1',
    domains: options.domains ?? [],
    listen: {
      host: '127.0.0.1',
      port: 0,
      allowsInsecureHttp: false,
      ...(options.tls && { tls: options.tls }),
    },
    kms: options.kms,
    monitor: options.monitor,
    accessLogFile: options.accessLogFile,
    auditLogFile: options.auditLogFile,
    programVersion: 'test',
    clock,
    random,
    onError: (error) => void errors.push(error),
  });
  const server = await serving.catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const clients: S3Client[] = [];
  const addKey = (name: string, role: Role, scopes: readonly Scope[] = []): AccessKey => {
    const key = makeAccessKey({ name, role, scopes }, random);
    server.accessKeys.add(key, clock());
    return key;
  };
  const keyOf = (name: string, role: Role): AccessKey => {
    const listed = server.accessKeys.list().find((one) => one.name === name);
    const known = listed && server.accessKeys.find(listed.accessKeyId);
    return known ?? addKey(name, role);
  };
  const accessKeys = {
    full: keyOf('full', 'full'),
    read: keyOf('read', 'read'),
    'write-once': keyOf('write-once', 'write-once'),
  };
  const client: TestS3['client'] = (who = 'full', config = {}) => {
    const { principal, secret } = typeof who === 'string' ? accessKeys[who] : who;
    const made = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: principal.accessKeyId, secretAccessKey: secret },
      ...config,
    });
    clients.push(made);
    return made;
  };
  const stop = async (): Promise<void> => {
    for (const one of clients.splice(0)) one.destroy();
    await server.close();
    await removeFolder();
  };
  const { url, port } = server;
  const shown = { url, port, region: 'us-east-1', folder, server, accessKeys, errors };
  return { ...shown, addKey, client, stop, [Symbol.asyncDispose]: stop };
}
