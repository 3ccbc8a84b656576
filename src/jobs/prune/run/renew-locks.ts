/**
 * Locks anew what is still needed, in a vault with locks: everything, when half of the time is left; and at once
 * what was pardoned, over which earlier rounds may have passed.
 * @module
 */
import type { GcState } from '../../../vault/gc/gc-state.ts';
import { loadGcState, saveGcRecord } from '../../../vault/gc/gc-state.ts';
import type { RenewalReport } from '../../../vault/lock/lock-renewal.ts';
import { isRenewalDue, renewLocks } from '../../../vault/lock/lock-renewal.ts';
import { INDEX_PREFIX, SNAPSHOT_PREFIX } from '../../../vault/pack-key.ts';
import type { ExecuteParts } from './execute.ts';
import { replaceableFiles } from './rewrite-index.ts';

export interface LocksRenewed {
  readonly renewed: number;
  readonly refused: number;
}

const NONE: LocksRenewed = { renewed: 0, refused: 0 };

/** Called when everything else is done: what is condemned by then is passed over, so that its locks end. */
export async function renewWhenDue(parts: ExecuteParts): Promise<LocksRenewed> {
  const { vault, survey, plan, options } = parts;
  const { lock } = vault.settings;
  const { nowMs } = survey;
  if (!lock || !vault.store.versions || nowMs === undefined) return NONE;
  const { signal } = options;
  const gc = await loadGcState(vault, { signal });
  if (!isRenewalDue(lock, lastUntilMs(gc), nowMs)) {
    if (plan.pardon.length === 0) return NONE;
    const pardoned = new Set(plan.pardon);
    return told(parts, await renewLocks(vault, (key) => pardoned.has(nameIn(key)), signal));
  }
  const report = await renewLocks(vault, neededAfter(parts, gc), signal);
  if (report.refused.length === 0) {
    const { untilMs } = report;
    await saveGcRecord(vault, { type: 'renewed', timeMs: vault.clock(), untilMs }, signal);
  }
  return told(parts, report);
}

function lastUntilMs({ records }: GcState): number | undefined {
  const ends = records.flatMap(({ record }) => (record.type === 'renewed' ? [record.untilMs] : []));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Not: packs that are condemned, snapshots that are forgotten, and index files that are to be replaced. */
function neededAfter({ survey }: ExecuteParts, gc: GcState): (key: string) => boolean {
  const { files, packs } = survey.index;
  const condemned = new Set<number>();
  for (let n = 0; n < packs.count; n++) if (gc.condemned.has(packs.idOf(n))) condemned.add(n);
  const replaceable = new Set(replaceableFiles(files, condemned).map(({ key }) => key));
  return (key) => {
    if (key.startsWith(SNAPSHOT_PREFIX)) return !gc.forgotten.has(nameIn(key));
    return key.startsWith(INDEX_PREFIX) ? !replaceable.has(key) : !gc.condemned.has(nameIn(key));
  };
}

function told({ onNotice }: ExecuteParts, report: RenewalReport): LocksRenewed {
  const { changed, changedKeys, refused, renewed } = report;
  if (changed > 0) {
    const some = changedKeys.slice(0, 3).join(', ');
    onNotice(
      `somebody hid or wrote over ${changed} objects (${some}): run \`cybs3 repair objects\`, ` +
        'and change the keys of the bucket',
    );
  }
  if (refused.length > 0) {
    const some = refused.slice(0, 3).join(', ');
    onNotice(`${refused.length} objects could not be locked anew (${some}): see \`cybs3 check\``);
  }
  return { renewed, refused: refused.length };
}

function nameIn(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
