/**
 * Copies snapshots into another vault: the job as an async generator of events, the last of which is the summary.
 *
 * The two vaults share no key: ids of chunks, places where files are cut, and manifests are unrelated. So chunks of
 * files are decrypted, named anew and sealed anew, but neither cut nor compressed again, and manifests are built anew.
 * A chunk is read once in a run; and not at all where a snapshot that was copied before has it, since that and its
 * copy list the same chunks in the same order (`learn-ids.ts`).
 *
 * Snapshots are committed one by one, oldest first. A copy says where it comes from, so that the next run leaves it
 * alone; what was interrupted in the middle of a snapshot is read again, and not stored again.
 * @module
 */
import { eventsOf } from '../../base/event-queue.ts';
import { AppError } from '../../base/failure.ts';
import { loadSnapshots } from '../../vault/snapshots.ts';
import { loadGcForWriting } from '../../vault/commit/writing-view.ts';
import type { DamagedSnapshot, SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ChosenSnapshots, CopyChoice } from './choose-snapshots.ts';
import { chooseSnapshots } from './choose-snapshots.ts';
import { CopyRun } from './copy-run.ts';
import type { CopyEvent, SkippedReport } from './events.ts';
import { KnownCopies } from './known-copies.ts';

export interface CopyOptions extends CopyChoice {
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

type Emit = (event: CopyEvent) => void;

/**
 * @param source is only read
 * @throws AppError `usage` where both are the same vault, `snapshot/…`, `store/…`, `interrupted`, damage of the vault
 *   that is copied into. A snapshot that is damaged where it comes from is an event, and the others are copied.
 */
export async function* copy(
  source: Vault,
  target: Vault,
  options: CopyOptions,
): AsyncGenerator<CopyEvent> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  yield* eventsOf<CopyEvent>(
    (emit) => runCopy(source, target, { ...options, signal }, emit),
    () => stop.abort(),
  );
}

async function runCopy(
  source: Vault,
  target: Vault,
  options: CopyOptions & { readonly signal: AbortSignal },
  emit: Emit,
): Promise<void> {
  const startedMs = target.clock();
  const { signal, dryRun = false } = options;
  if (source.vaultId === target.vaultId) throw sameVault();
  if (target.settingsDamage) throw target.settingsDamage;
  const gc = loadGcForWriting(target, signal);
  const [there, listing] = await Promise.all([
    loadSnapshots(target, signal, gc),
    loadSnapshots(source, signal),
  ]);
  for (const { id, error } of there.damaged) {
    const message = `snapshot ${id} there cannot be read: if it is a copy, another is made`;
    emit({ type: 'notice', message: `${message}: ${error.message}` });
  }
  const choice = await chooseSnapshots(source, listing, options, signal);
  reportDamaged(choice, emit);
  const copies = new KnownCopies(source, target, there);
  const { due, alreadyThere, forgottenThere } = sortOut(choice, copies, emit);
  const parts = { source, target, signal, dryRun, emit, copies, due, there };
  const run = new CopyRun({ ...parts, snapshots: listing.snapshots, gc: await gc });
  const done = await run.run();
  const durationMs = target.clock() - startedMs;
  const failed = choice.damaged.length + done.failed;
  emit({ type: 'summary', dryRun, ...done, failed, alreadyThere, forgottenThere, durationMs });
}

function reportDamaged({ damaged, unsure }: ChosenSnapshots, emit: Emit): void {
  const report = ({ id, error: { message } }: DamagedSnapshot, severity: 'error' | 'warning') =>
    emit({ type: 'problem', severity, path: `snapshot ${id}`, reason: 'damaged', message });
  for (const one of damaged) report(one, 'error');
  for (const one of unsure) report(one, 'warning');
}

/** What is there is left out, and what was there and was forgotten or changed there, unless it is named. */
function sortOut({ chosen, named }: ChosenSnapshots, copies: KnownCopies, emit: Emit) {
  const due: SavedSnapshot[] = [];
  const counts = { copied: 0, forgotten: 0 };
  const skip = (saved: SavedSnapshot, reason: SkippedReport['reason'], newId?: string): void => {
    counts[reason]++;
    const { host, timeMs } = saved.snapshot;
    const how = newId === undefined ? { reason } : { reason, newId };
    emit({ type: 'skipped', id: saved.id, ...how, host, timeMs });
  };
  for (const saved of chosen) {
    const pair = copies.find(saved);
    // A copy that lost something since is made once more where that is asked for.
    if (pair && (pair.isExact || !named.has(saved.id))) skip(saved, 'copied', pair.copy.id);
    else if (copies.isForgotten(saved) && !named.has(saved.id)) skip(saved, 'forgotten');
    else due.push(saved);
  }
  return { due, alreadyThere: counts.copied, forgottenThere: counts.forgotten };
}

function sameVault(): AppError {
  return new AppError('usage', 'both are the same vault', {
    hint: 'make another with `cybs3 vault init` to copy into',
  });
}
