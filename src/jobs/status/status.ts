/**
 * Says of each host when it was backed up, and of the vault when it was checked and drilled: what is overdue, and what
 * is an alarm.
 * @module
 */
import type { Evidence } from '../../format/documents/evidence.ts';
import type { Snapshot } from '../../format/snapshot.ts';
import type { StoredEvidence } from '../../vault/history/evidence.ts';
import { loadEvidence, newestEvidence } from '../../vault/history/evidence.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Group } from '../forget/policy/groups.ts';
import { groupSnapshots } from '../forget/policy/groups.ts';
import type { SnapshotFilter } from '../inspect/snapshot-filter.ts';
import { snapshotMatcher } from '../inspect/snapshot-filter.ts';
import { findAlarms } from './find-alarms.ts';
import type { DatedSnapshot } from './load-history.ts';
import { loadHistory } from './load-history.ts';
import type {
  BackupStatus,
  CareStatus,
  HostStatus,
  LastTime,
  MaxAges,
  StatusReport,
} from './report.ts';

export interface StatusOptions {
  readonly maxAges: MaxAges;
  /** Whose backups are judged; all by default. */
  readonly filter?: SnapshotFilter;
  readonly signal?: AbortSignal;
}

/**
 * @throws AppError `usage` for a path that is not absolute, `store/…`. What is wrong with the vault is in the report.
 */
export async function status(vault: Vault, options: StatusOptions): Promise<StatusReport> {
  const { maxAges, filter = {}, signal } = options;
  const fits = snapshotMatcher(filter);
  const [history, evidence] = [await loadHistory(vault, signal), await loadEvidence(vault, signal)];
  const nowMs = vault.clock();
  const asked = history.snapshots.filter(({ snapshot }) => fits(snapshot));
  const hosts = hostsOf(asked, evidence, maxAges, nowMs);
  const firstMs = Math.min(nowMs, ...hosts.map(({ firstMs: ms }) => ms));
  const since = { firstMs: asked.length > 0 ? firstMs : undefined, nowMs };
  const check = careOf(evidence, 'check', { ...since, maxAgeMs: maxAges.checkMs });
  const drill = careOf(evidence, 'drill', { ...since, maxAgeMs: maxAges.drillMs });
  const prune = careOf(evidence, 'prune', { ...since, maxAgeMs: Infinity });
  const backups = hosts.flatMap((host) => host.status.backups);
  const never = neverBackedUp(hosts, filter, maxAges);
  return {
    nowMs,
    hosts: hosts.map((host) => host.status),
    check,
    drill,
    prune,
    neverBackedUp: never,
    alarms: await findAlarms(vault, history, evidence),
    isOverdue: never.length > 0 || [...backups, check, drill].some(({ isOverdue }) => isOverdue),
  };
}

/** Who is asked for and has nothing. Without names, a vault without any snapshot. */
function neverBackedUp(
  hosts: readonly JudgedHost[],
  { hosts: names = [] }: SnapshotFilter,
  { backupMs }: MaxAges,
): string[] {
  if (backupMs === Infinity) return [];
  const known = new Set(hosts.map(({ status: { host } }) => host));
  if (names.length > 0) return names.filter((name) => !known.has(name));
  return known.size === 0 ? ['any host'] : [];
}

interface JudgedHost {
  readonly status: HostStatus;
  /** When its first snapshot that is still there was made. */
  readonly firstMs: number;
}

function hostsOf(
  snapshots: readonly DatedSnapshot[],
  evidence: readonly StoredEvidence[],
  maxAges: MaxAges,
  nowMs: number,
): JudgedHost[] {
  return groupSnapshots(snapshots, ['host']).map(({ key, members }) => {
    const { host = '' } = key;
    const groups = groupSnapshots(members, ['host', 'paths']);
    const times = {
      checkMs: newestEvidence(evidence, 'check', (one) => one.host === host)?.writtenMs,
      drillMs: newestEvidence(evidence, 'drill', (one) => one.snapshotHost === host)?.writtenMs,
      pruneMs: newestEvidence(evidence, 'prune', (one) => one.host === host)?.writtenMs,
    };
    const known = Object.entries(times).filter(([, ms]) => ms !== undefined);
    return {
      status: {
        host,
        backups: groups.map((group) => backupOf(group, maxAges.backupMs, nowMs)),
        ...Object.fromEntries(known),
      },
      firstMs: members.reduce((ms, { madeMs }) => Math.min(ms, madeMs), Infinity),
    };
  });
}

function backupOf(
  { key, members }: Group<DatedSnapshot>,
  maxAgeMs: number,
  nowMs: number,
): BackupStatus {
  const newest = members.reduce((a, b) => (b.madeMs >= a.madeMs ? b : a));
  const { timeMs, totals, complete }: Snapshot = newest.snapshot;
  const { files, bytes } = totals;
  return {
    ...judged(newest.madeMs, maxAgeMs, nowMs),
    group: key,
    snapshots: members.length,
    newest: { id: newest.id, timeMs, files, bytes, complete },
  };
}

function judged(lastMs: number, maxAgeMs: number, nowMs: number): LastTime {
  if (maxAgeMs === Infinity) return { lastMs, isOverdue: false };
  const dueMs = lastMs + maxAgeMs;
  return { lastMs, dueMs, isOverdue: nowMs > dueMs };
}

interface CareLimits {
  /** The first backup there is: what was never done is overdue so long after it. */
  readonly firstMs: number | undefined;
  readonly maxAgeMs: number;
  readonly nowMs: number;
}

function careOf(
  found: readonly StoredEvidence[],
  type: Evidence['type'],
  { firstMs, maxAgeMs, nowMs }: CareLimits,
): CareStatus {
  const newest = newestEvidence(found, type);
  if (newest) {
    const { evidence, writtenMs } = newest;
    const { host } = evidence;
    return { ...judged(writtenMs, maxAgeMs, nowMs), host, result: resultOf(evidence) };
  }
  if (firstMs === undefined) return { isOverdue: false };
  const { lastMs: _, ...never } = judged(firstMs, maxAgeMs, nowMs);
  return never;
}

function resultOf(evidence: Evidence): string {
  switch (evidence.type) {
    case 'check': {
      const { errors, packsRead, packs } = evidence;
      const read = packsRead > 0 ? `${packsRead} of ${packs} packs read` : 'structure only';
      return `${errors === 0 ? 'no errors' : `${errors} errors`}, ${read}`;
    }
    case 'drill': {
      const { filesRestored, filesFailed, filesDifferOnDisk } = evidence;
      const bad = filesFailed + filesDifferOnDisk;
      return `${filesRestored} files restored${bad > 0 ? `, ${bad} of them not as they were` : ''}`;
    }
    case 'prune':
      return `${evidence.packsDeleted} packs deleted, ${evidence.packsCondemned} condemned`;
  }
}
