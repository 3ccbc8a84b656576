/**
 * A commit that was announced days ago, and did not come, must not come any more: what it needs is not kept for it
 * from now on. Its machine may only be asleep, and wake up to store the snapshot, and die before it looks at the time.
 * So the tombstone of that snapshot is there first.
 * @module
 */
import { forgetSnapshots } from '../../../vault/gc/forget-snapshots.ts';
import type { Vault } from '../../../vault/vault.ts';
import { pendingNow } from '../mark.ts';
import type { Survey } from '../survey.ts';

/**
 * To be done before anything is condemned or deleted. A snapshot that is stored by now came in time, since no prune
 * has left it out of what is needed: the first that would have done so would have written this tombstone.
 */
export async function revokeLapsed(
  vault: Vault,
  survey: Survey,
  signal: AbortSignal,
): Promise<void> {
  const { gc, stored } = survey;
  const counting = new Set(pendingNow(survey));
  const there = new Set(stored.map(({ id }) => id));
  const revoked = gc.pending.flatMap((pending) => {
    const { commits } = pending.record;
    if (!commits || counting.has(pending)) return [];
    return there.has(commits.id) || gc.forgotten.has(commits.id) ? [] : [commits];
  });
  await forgetSnapshots(vault, revoked, { graceMs: 0, signal });
}
