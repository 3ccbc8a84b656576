/**
 * Takes forgotten snapshots back, until the grace is over: the job as an async generator of events, the last of which
 * is the summary.
 *
 * Each is first named in a pending record, as if it were about to be committed, so that no prune that looks from then
 * on takes what it needs for garbage; then the tombstone is taken back.
 * @module
 */
import { AppError, isFailure } from '../../base/failure.ts';
import { assertInTime } from '../../vault/commit/assert-in-time.ts';
import { protectManifest, releaseManifest } from '../../vault/commit/protect-manifest.ts';
import type { WritingView } from '../../vault/commit/writing-view.ts';
import { openForWriting } from '../../vault/commit/writing-view.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import { saveGcRecord } from '../../vault/gc/gc-state.ts';
import { GC_PREFIX, SNAPSHOT_PREFIX } from '../../vault/pack-key.ts';
import type { Vault } from '../../vault/vault.ts';
import type { UndeleteEvent } from './events.ts';
import type { ForgottenListing, ForgottenSnapshot } from './forgotten.ts';
import { loadForgotten } from './forgotten.ts';
import { findByStart } from './named-ids.ts';

export interface UndeleteOptions {
  /** Beginnings of the ids of forgotten snapshots, or all that can be had back. */
  readonly ids: readonly string[] | 'all';
  readonly signal?: AbortSignal;
}

/**
 * @throws AppError `usage` where no ids are given or one is none, `snapshot/not-found`, `snapshot/ambiguous`,
 *   `vault/changed` where its grace is over, `store/…`. What was taken back before stays.
 */
export async function* undelete(
  vault: Vault,
  { ids, signal }: UndeleteOptions,
): AsyncGenerator<UndeleteEvent> {
  const startedMs = vault.clock();
  if (vault.settingsDamage) throw vault.settingsDamage;
  const listing = await loadForgotten(vault, signal);
  const chosen = ids === 'all' ? allButReplaced(listing) : named(listing, ids);
  for (const { snapshot, left } of chosen) {
    if (!left) continue;
    const message = `${snapshot.id.slice(0, 8)} stays forgotten: ${left}`;
    yield { type: 'notice', message };
  }
  const back = chosen.filter(({ left }) => left === undefined).map(({ snapshot }) => snapshot);
  const view = back.length > 0 ? await nothingSeen(vault, listing.gc, signal) : undefined;
  for (const snapshot of back) {
    if (view) await takeBack(vault, view, snapshot, listing.gc, signal);
    const { timeMs, host } = snapshot.snapshot;
    yield { type: 'undeleted', id: snapshot.id, timeMs, host };
  }
  const durationMs = vault.clock() - startedMs;
  yield { type: 'summary', undeleted: back.length, durationMs };
}

interface Choice {
  readonly snapshot: ForgottenSnapshot;
  /** Why it is left as it is. */
  readonly left?: string;
}

/** What another took the place of is not missed: it comes back only by its name. */
function allButReplaced({ snapshots, gc }: ForgottenListing): Choice[] {
  return snapshots.map((snapshot) => {
    const { replacedBy } = snapshot.tombstone;
    if (replacedBy === undefined || gc.forgotten.has(replacedBy)) return { snapshot };
    return { snapshot, left: `${replacedBy.slice(0, 8)} took its place` };
  });
}

function named({ snapshots, damaged, gc }: ForgottenListing, starts: readonly string[]): Choice[] {
  if (starts.length === 0) throw new AppError('usage', 'no snapshot is named');
  const ids = [...gc.forgotten.keys()];
  const found = new Set(
    starts.map((start) => findByStart(ids, idStart(start), 'forgotten snapshot')),
  );
  return [...found].map((id) => {
    const snapshot = snapshots.find((one) => one.id === id);
    if (snapshot) return { snapshot };
    const broken = damaged.find((one) => one.id === id);
    if (broken) throw broken.error;
    throw new AppError('snapshot/not-found', `snapshot ${id} is gone: a prune deleted it`, {
      hint: 'its grace was over; `cybs3 snapshots --forgotten` lists what can be had back',
    });
  });
}

function idStart(text: string): string {
  if (/^[0-9a-f]{4,32}$/i.test(text)) return text.toLowerCase();
  throw new AppError('usage', 'a forgotten snapshot is named by four or more digits of its id', {
    hint: 'see `cybs3 snapshots --forgotten`',
  });
}

/**
 * Other writers commit what they saw or stored since they began. Here nobody looked at what the snapshot needs while
 * it did not count: a view from the beginning of time makes sure that all of it is gone through.
 */
async function nothingSeen(
  vault: Vault,
  gc: GcState,
  signal: AbortSignal | undefined,
): Promise<WritingView> {
  const { index } = await openForWriting(vault, gc, { signal });
  return { index, avoided: new Set(), startedMs: -Infinity };
}

async function takeBack(
  vault: Vault,
  view: WritingView,
  { id, snapshot }: ForgottenSnapshot,
  gc: GcState,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wanted = { manifest: snapshot.manifest, snapshot: id };
  const records: string[] = [];
  const undo = async (): Promise<void> => {
    for (const record of records) await vault.store.delete(GC_PREFIX + record);
  };
  const protection = await protectManifest(vault, view, wanted, signal).catch((error: unknown) => {
    throw isFailure(error, 'vault/changed') ? tooLate(id, error) : error;
  });
  try {
    // More than one record may have forgotten it.
    for (const { id: record, record: forgotten } of gc.records) {
      if (forgotten.type !== 'forgotten') continue;
      if (!forgotten.snapshots.some((one) => one.id === id)) continue;
      const timeMs = vault.clock();
      const back = { type: 'undeleted', timeMs, record, snapshots: [id] } as const;
      records.push(await saveGcRecord(vault, back, signal));
    }
    const key = GC_PREFIX + (records.at(-1) ?? '');
    await assertInTime(vault, { protection, key, undo }, signal);
    if (await vault.store.head(SNAPSHOT_PREFIX + id, signal)) return;
    await undo();
    throw new AppError('vault/changed', 'a prune has deleted it');
  } catch (error) {
    throw isFailure(error, 'vault/changed') ? tooLate(id, error) : error;
  } finally {
    await releaseManifest(vault, protection);
  }
}

function tooLate(id: string, cause: AppError): AppError {
  const message = `snapshot ${id} is not had back: ${cause.message}`;
  return new AppError('vault/changed', message, {
    hint: '`cybs3 snapshots --forgotten` tells how long the others can be had back',
    cause,
  });
}
