/**
 * The S3 server as a whole: its data, its listeners, and what goes on beside requests.
 * @module
 */
import { join } from 'node:path';
import { AuditLog } from '../audit/audit-log.ts';
import { StrangerLog } from '../audit/stranger-log.ts';
import { listen } from '../http/listen.ts';
import type { ListenOptions } from '../http/listen.ts';
import { Metrics } from '../http/metrics.ts';
import { startMonitor } from '../http/monitor.ts';
import type { MonitorAddress } from '../http/monitor.ts';
import type { AccessKeys } from './access/access-keys.ts';
import { ALL_OPERATIONS } from './all-operations.ts';
import { Closers } from '../http/closers.ts';
import { AccessLog } from './journal/access-log.ts';
import { makeJournal } from './journal/journal.ts';
import type { Journal } from './journal/journal.ts';
import { RequestMetrics } from './journal/request-metrics.ts';
import { MASTER_KEY_PROOF, openData } from './open-data.ts';
import type { DataOptions } from './open-data.ts';
import type { Backend } from './protocol/operation.ts';
import { makeRespond } from './protocol/respond.ts';
import { startLifecycles } from './start-lifecycles.ts';

export interface S3ServerOptions extends DataOptions {
  /** Names of this server, lower case: `bucket.<domain>` is that bucket. */
  readonly domains: readonly string[];
  readonly listen: Pick<
    ListenOptions,
    'host' | 'port' | 'tls' | 'allowsInsecureHttp' | 'closeGraceMs'
  >;
  /** Where /metrics and /health are served; undefined: nowhere. */
  readonly monitor: MonitorAddress | undefined;
  readonly accessLogFile: string | undefined;
  /** Undefined: `audit.jsonl` in the data folder. */
  readonly auditLogFile: string | undefined;
  readonly programVersion: string;
}

export interface S3Server {
  readonly url: string;
  readonly port: number;
  readonly monitorUrl: string | undefined;
  /** For tools and tests in the same process. */
  readonly backend: Backend;
  readonly accessKeys: AccessKeys;
  /** Finishes requests under way, then closes everything. */
  close(): Promise<void>;
}

/**
 * @throws AppError `serve/master-key`, `serve/busy` (another server has the folder or the port), `serve/config`,
 * `serve/damaged`
 */
export async function serveS3(options: S3ServerOptions): Promise<S3Server> {
  const { clock, random, onError, domains } = options;
  await using opened = new Closers();
  const { backend, accessKeys } = await openData(options, opened);
  const metrics = new Metrics();
  watchFreeSpace(backend, metrics, opened);
  const journal = await openJournal(options, { backend, accessKeys, opened, metrics });
  const operations = ALL_OPERATIONS;
  const respond = makeRespond({ backend, operations, accessKeys, journal, domains, onError });
  const shared = { ...options.listen, clock, random, onError };
  const server = await listen(shared, respond);
  opened.add(() => server.close());
  // Written at the first start: to read it back shows that the catalog can be read.
  const isHealthy = (): boolean => backend.catalog.setting(MASTER_KEY_PROOF) !== undefined;
  const monitor =
    options.monitor && (await startMonitor(options.monitor, metrics, isHealthy, shared));
  if (monitor) opened.add(() => monitor.close());
  const closers = opened.release();
  const { url, port } = server;
  const close = (): Promise<void> => closers.close();
  return { url, port, monitorUrl: monitor?.url, backend, accessKeys, close };
}

interface Ground {
  readonly backend: Backend;
  readonly accessKeys: AccessKeys;
  readonly opened: Closers;
  readonly metrics: Metrics;
}

async function openJournal(
  { folder, clock, programVersion, onError, ...options }: S3ServerOptions,
  { backend, accessKeys, opened, metrics }: Ground,
): Promise<Journal> {
  const auditFile = options.auditLogFile ?? join(folder, 'audit.jsonl');
  const auditLog = await AuditLog.open(auditFile, { clock });
  opened.add(() => auditLog.close());
  await auditLog.append({ event: 'start', version: programVersion });
  opened.add(() => auditLog.append({ event: 'stop' }));
  const strangers = new StrangerLog(auditLog, clock);
  opened.add(() => strangers.close());
  const lifecycles = startLifecycles(backend, auditLog, (error) => onError(error, 'lifecycle'));
  opened.add(() => lifecycles.close());
  const { accessLogFile } = options;
  const accessLog = accessLogFile === undefined ? undefined : await AccessLog.open(accessLogFile);
  if (accessLog) opened.add(() => accessLog.close());
  const isKnownKey = (accessKeyId: string): boolean => accessKeys.find(accessKeyId) !== undefined;
  const counted = new RequestMetrics(metrics);
  return makeJournal({ auditLog, strangers, isKnownKey, accessLog, metrics: counted, clock });
}

const FREE_SPACE_EVERY_MS = 10_000;

/** Looked at now and then, so that a gauge can be read at any time. */
function watchFreeSpace({ extents }: Backend, metrics: Metrics, opened: Closers): void {
  let bytes = 0;
  const look = (): void => {
    const found = (freeBytes: number): void => void (bytes = freeBytes);
    extents.room().then(
      ({ freeBytes }) => found(freeBytes),
      () => found(0),
    );
  };
  look();
  const timer = setInterval(look, FREE_SPACE_EVERY_MS).unref();
  opened.add(() => clearInterval(timer));
  metrics.gauge('cybs3_s3_free_bytes', 'Free space on the disk of the data.', () => bytes);
}
