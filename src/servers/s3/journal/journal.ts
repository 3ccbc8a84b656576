/**
 * What is kept of requests: an access log, an audit log of what changed something or was refused, and metrics. None
 * of them has secrets, signatures or contents.
 * @module
 */
import type { Clock } from '../../../base/ports.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { StrangerLog } from '../../audit/stranger-log.ts';
import type { AccessLog } from './access-log.ts';
import type { RequestMetrics } from './request-metrics.ts';
import type { RequestRecord } from './request-record.ts';

export interface Journal {
  /**
   * Before the answer is sent: what was acknowledged is in the audit log.
   * @throws Error where that cannot be written
   */
  audit(record: RequestRecord): Promise<void>;
  /** After the answer was sent, or the client has gone away. */
  finish(record: RequestRecord): void;
}

export interface JournalParts {
  readonly auditLog: AuditLog;
  /** Of the same log. */
  readonly strangers: StrangerLog;
  /** Whether there is an access key of that id. */
  readonly isKnownKey: (accessKeyId: string) => boolean;
  readonly accessLog: AccessLog | undefined;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
}

/** Errors that say: somebody tried what it has no right to. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AuthorizationHeaderMalformed',
  'AuthorizationQueryParametersError',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'XAmzContentSHA256Mismatch',
]);

export function makeJournal(parts: JournalParts): Journal {
  const { accessLog, metrics, clock } = parts;
  return {
    async audit(record) {
      const { status, error, versionId } = record;
      if (!record.changes && !REFUSALS.has(error ?? '')) return;
      const { principal = null, accessKeyId = null, operation = null } = record;
      const { id: request, remoteAddress: remote, bucket = null, key = null } = record;
      const who = { request, remote, principal, accessKeyId };
      const what = { operation, bucket, key, versionId: versionId ?? null };
      await logFor(parts, record).append({ ...who, ...what, status, error: error ?? null });
    },
    finish(record) {
      const ms = Math.max(0, clock() - record.receivedMs);
      metrics.add(record, ms / 1000);
      const { receivedMs, remoteAddress: remote, changes: _, ...rest } = record;
      accessLog?.add({ time: new Date(receivedMs).toISOString(), remote, ...rest, ms });
    },
  };
}

/** A flood of strangers must not fill the disk, nor hide what those do who have a key. */
function logFor({ auditLog, strangers, isKnownKey }: JournalParts, record: RequestRecord) {
  const { principal, accessKeyId } = record;
  const isKnown = principal !== undefined || (accessKeyId !== undefined && isKnownKey(accessKeyId));
  return isKnown ? auditLog : strangers;
}
