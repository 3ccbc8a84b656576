/**
 * Takes away records that say nothing any more. Those of packs that were deleted stay for weeks, so that a
 * writer that began long ago finds out; tombstones stay for good, and many become one.
 * @module
 */
import type {
  ForgottenRecord,
  ForgottenSnapshot,
  PendingRecord,
} from '../../../format/documents/gc-record.ts';
import type { StoredRecord } from '../../../vault/gc/gc-state.ts';
import { PENDING_MS, isLate } from '../../../vault/commit/came-too-late.ts';
import { forgetSnapshots } from '../../../vault/gc/forget-snapshots.ts';
import { eachPack } from '../../../vault/gc/gc-state.ts';
import { GC_PREFIX } from '../../../vault/pack-key.ts';
import type { Vault } from '../../../vault/vault.ts';
import { deleteObjects } from './delete-objects.ts';
import type { Survey } from '../survey.ts';

/** Five times as long as a backup may take before it looks at every pack itself. */
const KEEP_DONE_MS = 35 * 24 * 60 * 60 * 1000;
/** So many records of forgotten snapshots are made one. */
const TOMBSTONE_RECORDS_MAX = 32;

/** @param survey what the prune found when it began: what came since is left alone */
export async function tidyRecords(
  vault: Vault,
  survey: Survey,
  signal: AbortSignal,
): Promise<void> {
  const { nowMs, gc, runId } = survey;
  if (nowMs === undefined) return;
  const ids = new Set(gc.records.map(({ id }) => id));
  const old = gc.records.filter((stored) => isDone(stored, survey, nowMs, ids));
  const others = old.filter(({ id }) => id !== runId).map(({ id }) => GC_PREFIX + id);
  await deleteObjects(vault.store, others, signal);
  await mergeTombstones(vault, survey, signal);
}

function isDone(
  { modifiedMs, record }: StoredRecord,
  survey: Survey,
  nowMs: number,
  ids: ReadonlySet<string>,
): boolean {
  const { listed } = survey;
  const ageMs = modifiedMs === undefined ? -Infinity : nowMs - modifiedMs;
  switch (record.type) {
    case 'run':
      return true;
    case 'renewed':
      return record.untilMs < nowMs;
    case 'pending':
      return ageMs >= (isSettled(record, survey) ? PENDING_MS : KEEP_DONE_MS);
    case 'condemned':
      return (
        ageMs >= record.graceMs + KEEP_DONE_MS &&
        [...eachPack(record.packs)].every(([, id]) => !listed.has(id))
      );
    case 'pardoned':
    case 'undeleted':
      return ageMs >= KEEP_DONE_MS && !ids.has(record.record);
    case 'forgotten':
      return false;
  }
}

/** Nothing can come of it any more that would have to be told from a snapshot that was saved. */
function isSettled({ commits }: PendingRecord, { stored, gc }: Survey): boolean {
  if (!commits || gc.forgotten.has(commits.id)) return true;
  const snapshot = stored.find(({ id }) => id === commits.id);
  return snapshot !== undefined && !isLate(snapshot, gc);
}

/** Of snapshots whose objects are gone: nobody can take those back, so that it does not matter when that was. */
async function mergeTombstones(vault: Vault, survey: Survey, signal: AbortSignal): Promise<void> {
  const { gc, stored } = survey;
  const there = new Set(stored.map(({ id }) => id));
  const isOver = (record: ForgottenRecord): boolean =>
    record.snapshots.every(({ id }) => !there.has(id) && gc.forgotten.has(id));
  const over = gc.records.flatMap(({ id, record }) =>
    record.type === 'forgotten' && isOver(record) ? [{ id, record }] : [],
  );
  if (over.length <= TOMBSTONE_RECORDS_MAX) return;
  const snapshots = new Map<string, ForgottenSnapshot>();
  for (const { record } of over) for (const one of record.snapshots) snapshots.set(one.id, one);
  await forgetSnapshots(vault, [...snapshots.values()], { graceMs: 0, signal });
  await deleteObjects(
    vault.store,
    over.map(({ id }) => GC_PREFIX + id),
    signal,
  );
}
