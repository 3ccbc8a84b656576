/**
 * What nobody needs goes: by two prunes, the second after the grace, with nothing else going on.
 * @module
 */
import { SNAPSHOT_PREFIX } from '../../../src/vault/pack-key.ts';
import type { TrueState } from './true-state.ts';
import { Violation } from './violation.ts';

/** Keys of packs of which no chunk is needed, or that no index file names. */
export function findOrphans(state: TrueState, needed: ReadonlySet<string>): Set<string> {
  const used = new Set([...needed].flatMap((chunk) => state.placesOf(chunk)));
  return new Set(state.storedPacks.filter((pack) => !used.has(pack)));
}

/**
 * @param before orphans that were there before the two prunes
 * @throws Violation `orphan`
 */
export function checkOrphans(state: TrueState, before: ReadonlySet<string>): void {
  const left = [...before].filter((pack) => state.has(pack));
  if (left[0]) throw new Violation('orphan', `${left.length} packs stay, ${left[0]} among them`);
  const dangling = [...state.indexedPacks].find((pack) => !state.has(pack));
  if (dangling) throw new Violation('orphan', `the index still names ${dangling}, which is gone`);
  const ghost = [...state.gc.forgotten.keys()].find((id) => state.has(SNAPSHOT_PREFIX + id));
  if (ghost) throw new Violation('orphan', `snapshot ${ghost.slice(0, 8)} is forgotten and stays`);
  const [pending] = state.gc.pending;
  if (pending) throw new Violation('orphan', `the pending record ${pending.id.slice(0, 8)} stays`);
}
