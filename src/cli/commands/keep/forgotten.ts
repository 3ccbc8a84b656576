/**
 * `cybs3 snapshots --forgotten`
 * @module
 */
import { printable } from '../../../files/path.ts';
import type { ForgottenSnapshot } from '../../../jobs/forget/forgotten.ts';
import { loadForgotten } from '../../../jobs/forget/forgotten.ts';
import type { ListSnapshotsOptions } from '../../../jobs/snapshots.ts';
import { snapshotMatcher } from '../../../jobs/inspect/snapshot-filter.ts';
import type { SavedSnapshot } from '../../../vault/snapshots.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { CommandContext } from '../../command.ts';
import { ExitCode } from '../../explain.ts';
import { table } from '../../render/table.ts';
import { counted, localTime, shortId } from '../../render/words.ts';

/** @param asJson the fields of any snapshot */
export async function showForgotten(
  vault: Vault,
  { out, signal, clock }: CommandContext<object>,
  filter: ListSnapshotsOptions,
  asJson: (saved: SavedSnapshot) => object,
): Promise<ExitCode> {
  const fits = snapshotMatcher(filter);
  const { snapshots, damaged } = await loadForgotten(vault, signal);
  const fitting = snapshots.filter(({ snapshot }) => fits(snapshot));
  const found = fitting.slice(Math.max(0, fitting.length - (filter.latest ?? fitting.length)));
  if (out.json) {
    await out.document('forgotten', {
      snapshots: found.map((one) => ({ ...asJson(one), ...tombstoneJson(one) })),
    });
  } else if (found.length > 0) {
    await out.result(forgottenTable(found, clock()));
    out.note(`${counted(found.length, 'forgotten snapshot')}; \`cybs3 undelete\` takes them back`);
  } else out.note('no forgotten snapshots');
  for (const { id, error } of damaged) out.warn(`snapshot ${id} is damaged: ${error.message}`);
  return ExitCode.done;
}

function tombstoneJson({ tombstone }: ForgottenSnapshot): object {
  const { forgottenMs, undeletableUntilMs: untilMs, replacedBy } = tombstone;
  return {
    ...(forgottenMs !== undefined && { forgotten: new Date(forgottenMs).toISOString() }),
    ...(Number.isFinite(untilMs) && { undeletableUntil: new Date(untilMs).toISOString() }),
    ...(replacedBy !== undefined && { replacedBy }),
  };
}

const COLUMNS = [
  { title: 'id' },
  { title: 'time' },
  { title: 'host' },
  { title: 'tags' },
  { title: 'forgotten' },
  { title: 'can be had back until' },
  { title: 'in its place' },
];

function forgottenTable(found: readonly ForgottenSnapshot[], nowMs: number): string {
  const rows = found.map(({ id, snapshot, tombstone }) => {
    const { forgottenMs, undeletableUntilMs: untilMs, replacedBy } = tombstone;
    const until = Number.isFinite(untilMs) ? localTime(untilMs) : 'the store tells no times';
    return [
      shortId(id),
      localTime(snapshot.timeMs),
      printable(snapshot.host),
      printable(snapshot.tags.join(',')),
      forgottenMs === undefined ? '' : localTime(forgottenMs),
      until + (untilMs > 0 && untilMs <= nowMs ? ' (over)' : ''),
      replacedBy === undefined ? '' : shortId(replacedBy),
    ];
  });
  return table(COLUMNS, rows);
}
