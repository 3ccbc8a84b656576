/**
 * What people and scripts see of `cybs3 status`.
 * @module
 */
import { formatBytes, formatDuration } from '../../../../base/units.ts';
import { printable } from '../../../../files/path.ts';
import type {
  CareStatus,
  HostStatus,
  LastTime,
  StatusReport,
} from '../../../../jobs/status/report.ts';
import { table } from '../../../render/table.ts';
import { counted, grouped, localTime, shortId } from '../../../render/words.ts';

const BACKUP_COLUMNS = [
  { title: 'host' },
  { title: 'last backup' },
  { title: 'age', align: 'right' },
  { title: 'next due' },
  { title: 'files', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'snapshot' },
  { title: 'paths' },
] as const;

const CARE_COLUMNS = [
  { title: '' },
  { title: 'last time' },
  { title: 'age', align: 'right' },
  { title: 'next due' },
  { title: 'by' },
  { title: 'result' },
] as const;

const HOST_COLUMNS = [
  { title: 'host' },
  { title: 'checked the vault' },
  { title: 'was drilled' },
  { title: 'pruned the vault' },
] as const;

function hostCells({ host, checkMs, drillMs, pruneMs }: HostStatus): string[] {
  const times = [checkMs, drillMs, pruneMs];
  return [printable(host), ...times.map((ms) => (ms === undefined ? 'never' : localTime(ms)))];
}

export function statusText(report: StatusReport): string {
  const { nowMs, hosts, check, drill, prune, alarms, isOverdue, neverBackedUp } = report;
  const backups = hosts.flatMap(({ host, backups: groups }) =>
    groups.map((one) => [
      printable(host),
      ...timeCells(one, nowMs),
      grouped(one.newest.files),
      formatBytes(one.newest.bytes),
      shortId(one.newest.id) + (one.newest.complete ? '' : ' (in part)'),
      (one.group.paths ?? []).join(' '),
    ]),
  );
  const care = [careCells('check', check), careCells('drill', drill), careCells('prune', prune)];
  const verdict =
    alarms.length > 0
      ? `ALARM: ${counted(alarms.length, 'thing')} not as it should be`
      : isOverdue
        ? 'OVERDUE'
        : 'all is well';
  return [
    `${verdict}\n`,
    ...neverBackedUp.map((host) => `no backup of ${printable(host)}: OVERDUE\n`),
    ...(backups.length > 0 ? ['\n', table(BACKUP_COLUMNS, backups)] : []),
    '\n',
    table(CARE_COLUMNS, care),
    ...(hosts.length > 1 ? ['\n', table(HOST_COLUMNS, hosts.map(hostCells))] : []),
  ].join('');

  function careCells(name: string, care: CareStatus): string[] {
    return [name, ...timeCells(care, nowMs), printable(care.host ?? ''), care.result ?? ''];
  }
}

function timeCells({ lastMs, dueMs, isOverdue }: LastTime, nowMs: number): string[] {
  const due = dueMs === undefined ? '' : localTime(dueMs);
  return [
    lastMs === undefined ? 'never' : localTime(lastMs),
    lastMs === undefined ? '' : formatDuration(Math.max(0, nowMs - lastMs)),
    isOverdue ? 'OVERDUE' : due,
  ];
}

/** Times as in ISO 8601. */
export function statusJson(report: StatusReport): object {
  const { nowMs, hosts, check, drill, prune, alarms, isOverdue, neverBackedUp } = report;
  return {
    time: iso(nowMs),
    overdue: isOverdue,
    alarms,
    neverBackedUp,
    hosts: hosts.map(({ host, backups, checkMs, drillMs, pruneMs }) => ({
      host,
      backups: backups.map(({ group, newest, snapshots, ...times }) => ({
        paths: group.paths,
        ...timesJson(times, nowMs),
        snapshots,
        newest: { ...newest, timeMs: undefined, time: iso(newest.timeMs) },
      })),
      ...(checkMs !== undefined && { lastCheck: iso(checkMs) }),
      ...(drillMs !== undefined && { lastDrill: iso(drillMs) }),
      ...(pruneMs !== undefined && { lastPrune: iso(pruneMs) }),
    })),
    check: careJson(check),
    drill: careJson(drill),
    prune: careJson(prune),
  };

  function careJson({ host, result, ...times }: CareStatus): object {
    return { ...timesJson(times, nowMs), host, result };
  }
}

function timesJson({ lastMs, dueMs, isOverdue }: LastTime, nowMs: number): object {
  return {
    ...(lastMs !== undefined && { last: iso(lastMs), ageMs: Math.max(0, nowMs - lastMs) }),
    ...(dueMs !== undefined && { due: iso(dueMs) }),
    overdue: isOverdue,
  };
}

/** A host may have any clock; what is beyond all calendars stays a number. */
function iso(ms: number): string | number {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : ms;
}
