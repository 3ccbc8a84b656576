/**
 * What people and programs see of measuring.
 * @module
 */
import { formatBytes } from '../../../base/units.ts';
import type {
  ChunkUse,
  ObjectSums,
  SnapshotGrowth,
  StatsProgress,
  StatsSummary,
  VaultUse,
} from '../../../jobs/stats/events.ts';
import type { ProgressState } from '../../render/progress.ts';
import { facts, table } from '../../render/table.ts';
import { counted, grouped, localTime, shortId } from '../../render/words.ts';

export function statsProgress({ stage, done, total }: StatsProgress): ProgressState {
  const bytes = { bytesDone: 0, bytesTotal: 0 };
  return { filesDone: done, filesTotal: total, ...bytes, scanned: true, current: '', unit: stage };
}

/** How many times smaller; undefined where there is nothing. Overall, metadata counts as well. */
interface Ratios {
  readonly deduplication: number | undefined;
  readonly compression: number | undefined;
  readonly overall: number | undefined;
}

function ratiosOf({ restore, needed }: StatsSummary): Ratios {
  const { data } = needed;
  const ratio = (from: number, to: number) => (to > 0 ? from / to : undefined);
  return {
    deduplication: ratio(restore.bytes, data.rawBytes),
    compression: ratio(data.rawBytes, data.storedBytes),
    overall: ratio(restore.bytes, storedOf(needed)),
  };
}

export function statsJson(summary: StatsSummary, damagedSnapshots: number): object {
  const { type: _, growth, ...rest } = summary;
  return {
    ...rest,
    ratios: ratiosOf(summary),
    ...(growth && {
      growth: growth.map(({ timeMs, ...one }) => ({
        ...one,
        time: new Date(timeMs).toISOString(),
      })),
    }),
    damagedSnapshots,
  };
}

export function statsText(summary: StatsSummary): string {
  const { growth, vault } = summary;
  const parts = [
    sizesText(summary),
    ...(vault ? [vaultText(vault)] : []),
    ...(growth && growth.length > 0 ? [growthText(growth)] : []),
  ];
  return parts.join('\n');
}

function sizesText(summary: StatsSummary): string {
  const { restore, needed, snapshots, lost } = summary;
  const { data, metadata } = needed;
  const ratios = ratiosOf(summary);
  const restored = `${formatBytes(restore.bytes)} in ${counted(restore.files, 'file')}`;
  const unique = `${formatBytes(data.rawBytes)} in ${counted(data.chunks, 'chunk')}`;
  return facts([
    ['snapshots', grouped(snapshots)],
    ['restored', restored],
    ['deduplicated', unique + times(ratios.deduplication)],
    ['stored', formatBytes(data.storedBytes) + times(ratios.compression)],
    ['metadata', formatBytes(metadata.storedBytes)],
    ['together', formatBytes(storedOf(needed)) + times(ratios.overall)],
    ...(lost > 0 ? [['DAMAGED', 'parts cannot be read, and are in no sum'] as const] : []),
  ]);
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '' : ` (${ratio.toFixed(2)} x)`;
}

function vaultText(vault: VaultUse): string {
  const columns = [
    { title: 'in the store' },
    { title: 'objects', align: 'right' },
    { title: 'size', align: 'right' },
  ] as const;
  const row = (name: string, { objects, bytes }: ObjectSums) => [
    name,
    grouped(objects),
    formatBytes(bytes),
  ];
  const names = Object.keys(vault.objects).sort();
  const rows = names.map((name) => row(name, vault.objects[name] ?? { objects: 0, bytes: 0 }));
  const { unused, unusedPacks, unindexedPacks, packs, overheadBytes } = vault;
  const whole = `${counted(unusedPacks.objects, 'whole pack')}`;
  const overhead = packs.bytes > 0 ? (100 * overheadBytes) / packs.bytes : 0;
  return `${table(columns, [...rows, row('total', vault.total)])}\n${facts([
    ['not needed', `${formatBytes(storedOf(unused))} in ${countChunks(unused)}, ${whole}`],
    ...(unindexedPacks.objects > 0
      ? [['not in the index', objectsText(unindexedPacks)] as const]
      : []),
    ['besides chunks', `${formatBytes(overheadBytes)} (${overhead.toFixed(1)} % of packs)`],
  ])}`;
}

function objectsText({ objects, bytes }: ObjectSums): string {
  return `${formatBytes(bytes)} in ${counted(objects, 'pack')}`;
}

function growthText(growth: readonly SnapshotGrowth[]): string {
  const columns = [
    { title: 'id' },
    { title: 'time' },
    { title: 'host' },
    { title: 'files', align: 'right' },
    { title: 'size', align: 'right' },
    { title: 'new data', align: 'right' },
    { title: 'stored', align: 'right' },
    { title: 'metadata', align: 'right' },
    { title: 'only here', align: 'right' },
  ] as const;
  const rows = growth.map(({ id, timeMs, host, files, bytes, added, own }) => [
    shortId(id),
    localTime(timeMs),
    host,
    grouped(files),
    formatBytes(bytes),
    formatBytes(added.data.rawBytes),
    formatBytes(added.data.storedBytes),
    formatBytes(added.metadata.storedBytes),
    formatBytes(storedOf(own)),
  ]);
  return table(columns, rows);
}

function storedOf({ data, metadata }: ChunkUse): number {
  return data.storedBytes + metadata.storedBytes;
}

function countChunks({ data, metadata }: ChunkUse): string {
  return counted(data.chunks + metadata.chunks, 'chunk');
}
