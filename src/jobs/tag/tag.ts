/**
 * Changes the tags of snapshots: the job as an async generator of events, the last of which is the summary. A snapshot
 * is never changed: another one takes its place, with a new id.
 *
 * Interrupted, it may leave a snapshot with the old tags beside the one with the new ones. Run again, it finds the new
 * one (`vault/replace-snapshot.ts`) and goes on from there.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { replaceSnapshot } from '../../vault/replace-snapshot.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { LiveChoice } from '../forget/choose-live.ts';
import { chooseLive } from '../forget/choose-live.ts';
import { loadCandidates } from '../forget/load-candidates.ts';
import { WritingSession } from '../forget/writing-session.ts';
import { GRACE_MS_DEFAULT } from '../prune/options.ts';
import type { TagEvent } from './events.ts';

export interface TagChange {
  /** These alone, before anything is added or removed. */
  readonly set?: readonly string[] | undefined;
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
}

export interface TagOptions extends LiveChoice, TagChange {
  readonly dryRun?: boolean;
  /** How long snapshots with the old tags can be had back; 24 hours by default. */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal;
}

/**
 * @throws AppError `usage` where nothing is to be changed, `snapshot/…`, `store/…`; what was changed before stays
 */
export async function* tag(vault: Vault, options: TagOptions): AsyncGenerator<TagEvent> {
  const startedMs = vault.clock();
  const { dryRun = false, graceMs = GRACE_MS_DEFAULT, signal } = options;
  const { set, add = [], remove = [] } = options;
  if (!set && add.length + remove.length === 0) {
    throw new AppError('usage', 'no tags are given', { hint: 'give --add, --remove or --set' });
  }
  const loaded = await loadCandidates(vault, signal);
  const chosen = await chooseLive(vault, loaded, options, signal);
  const due = chosen
    .map((old) => ({ old, tags: changedTags(old.snapshot.tags, options) }))
    .filter(({ old, tags }) => !isSame(old.snapshot.tags, tags));
  // With those that come up meanwhile: of two that come to say the same, one is enough.
  const live: SavedSnapshot[] = [...loaded.candidates];
  const session = new WritingSession(vault, loaded.gc, signal);
  for (const { old, tags } of due) {
    const { host, timeMs, tags: before } = old.snapshot;
    const report = { type: 'tagged', id: old.id, host, timeMs, before, tags } as const;
    if (dryRun) {
      yield report;
      continue;
    }
    const { saved } = await session.run((view) =>
      replaceSnapshot(vault, view, old, { tags }, { live, graceMs, signal }),
    );
    live.push(saved);
    yield { ...report, newId: saved.id };
  }
  const unchanged = chosen.length - due.length;
  const durationMs = vault.clock() - startedMs;
  yield { type: 'summary', dryRun, changed: due.length, unchanged, durationMs };
}

/** Each once, in the order they came in. */
export function changedTags(tags: readonly string[], change: TagChange): string[] {
  const { set, add = [], remove = [] } = change;
  const wanted = new Set([...(set ?? tags), ...add]);
  for (const one of remove) wanted.delete(one);
  return [...wanted];
}

/** In whatever order. */
function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
