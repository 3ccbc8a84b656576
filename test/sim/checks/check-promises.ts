/**
 * The first promise, judged from the store's true state: every snapshot that was reported as saved, and that nobody
 * forgot, is there with all it needs, and whoever opens the vault now finds it.
 * @module
 */
import { SNAPSHOT_PREFIX } from '../../../src/vault/pack-key.ts';
import type { Acknowledged, Ledger } from './ledger.ts';
import type { TrueState } from './true-state.ts';
import { Violation } from './violation.ts';

/** @throws Violation `lost`, `unreadable` */
export function checkPromises(ledger: Ledger, state: TrueState): void {
  if (!ledger.isChanged && !state.isChanged) return;
  ledger.isChanged = false;
  state.isChanged = false;
  for (const one of ledger.promised) checkOne(one, state);
}

function checkOne({ id, needs }: Acknowledged, state: TrueState): void {
  const name = `snapshot ${id.slice(0, 8)}`;
  if (!state.has(SNAPSHOT_PREFIX + id)) throw new Violation('lost', `${name} is gone`);
  if (state.gc.forgotten.has(id)) {
    throw new Violation('lost', `${name} counts as forgotten, and nobody forgot it`);
  }
  for (const chunk of needs) {
    const places = state.placesOf(chunk);
    const there = places.filter((pack) => state.has(pack));
    const of = `chunk ${chunk.slice(0, 8)} of ${name}`;
    if (places.length === 0) throw new Violation('lost', `${of} is in no pack of the index`);
    if (there.length === 0) {
      throw new Violation('lost', `${of} was in ${places.join(', ')}, and none of them is there`);
    }
    if (there[0] !== places[0]) {
      throw new Violation('unreadable', `${of} is looked for in ${places[0]}, which is gone`);
    }
  }
}
