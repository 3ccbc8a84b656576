/**
 * The KMS as a running server: its data, its listeners, and what has to be done now and then.
 * @module
 */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock, RandomBytes } from '../../base/ports.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { StrangerLog } from '../audit/stranger-log.ts';
import { GroupCommit } from '../database/group-commit.ts';
import { holdInstanceLock } from '../database/instance-lock.ts';
import { listen, type ListenOptions } from '../http/listen.ts';
import { Metrics } from '../http/metrics.ts';
import { startMonitor } from '../http/monitor.ts';
import type { MasterKey } from '../secrets/master-key.ts';
import { AccessKeys } from './access/access-keys.ts';
import { Closers } from '../http/closers.ts';
import { KeyStore } from './keys/key-store.ts';
import { openKmsData } from './open-kms-data.ts';
import { respondAs, type KmsBackend } from './protocol/respond.ts';

/** The account that all keys and users of this server are in. */
export const KMS_ACCOUNT = '000000000000';

/** Rotations and deletions are this late at most; what is due is also not used before. */
const CHORES_EVERY_MS = 60_000;

/** In seconds: a KMS answers within milliseconds. */
const LATENCY_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export interface KmsServerOptions {
  /** Data folder; made where there is none. */
  readonly folder: string;
  /** Undefined: `audit.jsonl` in the data folder. */
  readonly auditFile: string | undefined;
  /** Wiped by its owner, after `close`. */
  readonly master: MasterKey;
  readonly region: string;
  readonly listen: Pick<
    ListenOptions,
    'host' | 'port' | 'tls' | 'allowsInsecureHttp' | 'closeGraceMs'
  >;
  /** Where /metrics and /health are served; undefined: nowhere. */
  readonly monitor: { readonly host: string; readonly port: number } | undefined;
  readonly programVersion: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Told of accidents; `where` is a request's id, or a chore's name. */
  readonly onError: (error: unknown, where: string) => void;
}

export interface KmsServer {
  readonly url: string;
  readonly monitorUrl: string | undefined;
  /** When it started. With none, every request is refused. */
  readonly accessKeyCount: number;
  /** Finishes requests under way, then closes everything. */
  close(): Promise<void>;
}

/**
 * @throws AppError `serve/master-key`, `serve/busy` (another server has the folder or the port), `serve/config`,
 * `serve/damaged`
 */
export async function startKms(options: KmsServerOptions): Promise<KmsServer> {
  const { folder, master, region, clock, random, onError } = options;
  await using opened = new Closers();
  const db = openKmsData(folder, master);
  opened.add(() => db.close());
  const lock = holdInstanceLock(folder);
  opened.add(() => lock[Symbol.dispose]());
  const audit = await AuditLog.open(options.auditFile ?? join(folder, 'audit.jsonl'), { clock });
  opened.add(() => audit.close());
  await audit.append({ event: 'start', version: options.programVersion });
  opened.add(() => audit.append({ event: 'stop' }));
  const strangers = new StrangerLog(audit, clock);
  opened.add(() => strangers.close());
  const commit = new GroupCommit(db);
  const account = KMS_ACCOUNT;
  const keys = new KeyStore({ db, commit, master, random, region, account });
  opened.add(() => keys[Symbol.dispose]());
  opened.add(() => commit.flush());
  const accessKeys = new AccessKeys(db, master);
  const metrics = new Metrics();
  const shared = { keys, accessKeys, audit, strangers, random, region, account, clock, onError };
  const respond = respondAs({ ...shared, onEnd: counting(metrics) });
  opened.add(startChores(keys, clock, onError));
  const ports = { clock, random, onError };
  const server = await listen({ ...options.listen, ...ports }, respond);
  opened.add(() => server.close());
  const { allowsInsecureHttp } = options.listen;
  const isHealthy = (): boolean => canRead(db);
  const monitor =
    options.monitor &&
    (await startMonitor(options.monitor, metrics, isHealthy, { ...ports, allowsInsecureHttp }));
  if (monitor) opened.add(() => monitor.close());
  const accessKeyCount = accessKeys.list().length;
  const closers = opened.release();
  return {
    url: server.url,
    monitorUrl: monitor?.url,
    accessKeyCount,
    close: () => closers.close(),
  };
}

/** Counts requests; the names of operations and errors are a bounded set. */
function counting(metrics: Metrics): KmsBackend['onEnd'] {
  const requests = metrics.counter('kms_requests_total', 'Requests by operation and outcome.');
  const help = 'Seconds from a request to its answer.';
  const latency = metrics.histogram('kms_request_seconds', help, LATENCY_BOUNDS);
  return (operation, outcome, seconds) => {
    requests.add({ operation, outcome });
    latency.observe(seconds, { operation });
  };
}

function canRead(db: DatabaseSync): boolean {
  try {
    return db.prepare('SELECT count(*) FROM kms_setting').get() !== undefined;
  } catch {
    return false;
  }
}

/** @returns what ends them */
function startChores(keys: KeyStore, clock: Clock, onError: KmsServerOptions['onError']) {
  let running = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await keys.rotateDue(clock());
      await keys.deleteDue(clock());
    } catch (error) {
      onError(error, 'rotation and deletion');
    }
  };
  const next = (): void => {
    running = running.then(run);
  };
  next();
  const timer = setInterval(next, CHORES_EVERY_MS);
  return async (): Promise<void> => {
    clearInterval(timer);
    await running;
  };
}
