/**
 * Carries a plan out, each step durable before the next, so that a prune can die anywhere: what needed chunks are
 * moved to is in the index before what they were in is condemned, and nothing is deleted that an index file names.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import type { GcRecord, PackNames } from '../../../format/documents/gc-record.ts';
import { GC_NAMES_MAX } from '../../../format/documents/gc-record.ts';
import type { RowSet } from '../../../vault/index/row-set.ts';
import { forgetSnapshots, tombstoneOf } from '../../../vault/gc/forget-snapshots.ts';
import type { SavedSnapshot } from '../../../vault/snapshots.ts';
import { saveGcRecord } from '../../../vault/gc/gc-state.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import { SNAPSHOT_PREFIX, packKey } from '../../../vault/pack-key.ts';
import type { Vault } from '../../../vault/vault.ts';
import { deleteObjects } from './delete-objects.ts';
import type { PruneProgress, PruneSummary } from '../events.ts';
import type { PruneOptions } from '../options.ts';
import { GRACE_MS_DEFAULT } from '../options.ts';
import type { PrunePlan } from '../plan/plan-prune.ts';
import { repackChunks } from './repack.ts';
import { renewWhenDue } from './renew-locks.ts';
import { rewriteIndex } from './rewrite-index.ts';
import type { Survey } from '../survey.ts';

export interface ExecuteParts {
  readonly vault: Vault;
  readonly survey: Survey;
  readonly needed: RowSet;
  readonly unsaved: readonly SavedSnapshot[];
  readonly plan: PrunePlan;
  readonly options: PruneOptions;
  readonly onProgress: (progress: Omit<PruneProgress, 'type'>) => void;
  readonly onNotice: (message: string) => void;
}

/** What a summary tells of it. */
export type Executed = Omit<PruneSummary, 'type' | 'uploadsSwept' | 'durationMs'>;

/**
 * @throws AppError `store/…`, `vault/busy`, `interrupted`: what was done by then stands, and a rerun goes on
 *   from there
 */
export async function executePlan(parts: ExecuteParts): Promise<Executed> {
  const { vault, survey, plan, options } = parts;
  const { signal } = options;
  const own = new Set<string>(survey.runId === undefined ? [] : [survey.runId]);
  const save = async (record: GcRecord): Promise<void> => {
    own.add(await saveGcRecord(vault, record, signal));
  };
  const { unsaved } = parts;
  const tombstones = unsaved.map((saved) => ({ ...tombstoneOf(saved), unsaved: true }));
  await forgetSnapshots(vault, tombstones, { graceMs: 0, signal });
  const repacked = await repack(parts);
  await pardon(parts, save);
  const emptied = repacked.emptied.map((n) => survey.index.packs.idOf(n));
  const condemned = [...plan.condemn, ...emptied.filter((id) => !survey.gc.condemned.has(id))];
  await condemn(parts, condemned, save);

  const snapshots = plan.deleteSnapshots.map((id) => SNAPSHOT_PREFIX + id);
  const gone = await deleteObjects(vault.store, snapshots, signal);
  const { unindex } = plan;
  const index = await rewriteIndex({ vault, survey, unindex, ownRecords: own, signal });
  const sizeOf = (id: string): number => survey.listed.get(id)?.sizeBytes ?? 0;
  const sum = (ids: readonly string[]): number => ids.reduce((all, id) => all + sizeOf(id), 0);
  const deleted = await deletePacks(parts, index.stillNamed);
  const locks = await renewWhenDue(parts);
  return {
    packsDeleted: deleted.length,
    bytesFreed: sum(deleted),
    packsCondemned: condemned.length,
    bytesFreedLater: sum(condemned) + sum(plan.wait),
    packsRepacked: emptied.length,
    bytesMoved: repacked.bytesMoved,
    packsPardoned: plan.pardon.length,
    packsLocked: plan.delete.length - deleted.length,
    locksRenewed: locks.renewed,
    locksRefused: locks.refused,
    snapshotsDeleted: gone.length,
    indexFilesWritten: index.written,
    indexFilesDeleted: index.deleted,
    bytesFetched: repacked.bytesFetched,
    bytesStored: repacked.bytesStored + index.bytesStored,
  };
}

function repack({ vault, survey, needed, plan, options, onProgress, onNotice }: ExecuteParts) {
  const { index } = survey;
  const total = plan.repack.length;
  let [done, bytesDone] = [0, 0];
  return repackChunks(
    {
      vault,
      index,
      needed,
      signal: options.signal,
      onPack: (bytes) => {
        bytesDone += bytes;
        onProgress({ stage: 'repack', done: ++done, total, bytesDone, bytesTotal: 0 });
      },
      onDamage: (pack, error) => {
        const key = packKey(index.packs.kindOf(pack), index.packs.idOf(pack));
        onNotice(`${key} stays as it is: ${error.message} (see \`cybs3 check --read-data\`)`);
      },
    },
    plan.repack,
  );
}

type Save = (record: GcRecord) => Promise<void>;

/** Each record that condemns a pack is taken back for it. */
async function pardon({ vault, survey, plan }: ExecuteParts, save: Save): Promise<void> {
  const byRecord = new Map<string, string[]>();
  for (const id of plan.pardon) {
    for (const record of survey.gc.condemned.get(id)?.records ?? []) {
      byRecord.set(record, [...(byRecord.get(record) ?? []), id]);
    }
  }
  for (const [record, ids] of byRecord) {
    const packs = namesOf(survey, ids);
    await save({ type: 'pardoned', timeMs: vault.clock(), record, packs });
  }
}

async function condemn(
  { vault, survey, options }: ExecuteParts,
  ids: readonly string[],
  save: Save,
): Promise<void> {
  const { graceMs = GRACE_MS_DEFAULT } = options;
  for (let at = 0; at < ids.length; at += GC_NAMES_MAX) {
    const packs = namesOf(survey, ids.slice(at, at + GC_NAMES_MAX));
    await save({ type: 'condemned', timeMs: vault.clock(), graceMs, packs });
  }
}

function namesOf(survey: Survey, ids: readonly string[]): PackNames {
  const names = { data: [] as string[], meta: [] as string[] };
  for (const id of ids) names[roomOf(survey, id)].push(id);
  return names;
}

function roomOf({ listed, gc }: Survey, id: string): PackRoom {
  const room = listed.get(id)?.room ?? gc.condemned.get(id)?.room;
  if (room === undefined) throw new AppError('internal', `pack ${id} is in no room`);
  return room;
}

/** @returns names of those that are gone now */
async function deletePacks(
  { vault, survey, plan, options, onProgress }: ExecuteParts,
  stillNamed: ReadonlySet<number>,
) {
  const { packs } = survey.index;
  const free = plan.delete.filter((id) => !stillNamed.has(packs.numberOf(id) ?? -1));
  const keys = free.map((id) => packKey(roomOf(survey, id), id));
  const total = keys.length;
  const deleted = await deleteObjects(vault.store, keys, options.signal, (done) => {
    onProgress({ stage: 'delete', done, total, bytesDone: 0, bytesTotal: 0 });
  });
  return deleted.map((key) => key.slice(key.lastIndexOf('/') + 1));
}
