/**
 * The index as it is, and without packs that are gone.
 * @module
 */
import { forEachConcurrent } from '../../../base/flow.ts';
import type { VaultIndex } from '../../../vault/index/load-index.ts';
import { loadIndex } from '../../../vault/index/load-index.ts';
import { packKey } from '../../../vault/pack-key.ts';
import type { Vault } from '../../../vault/vault.ts';
import { listPacks } from '../list-packs.ts';

const HEADS_AT_ONCE = 12;

export interface IndexPair {
  /** Without chunks whose packs are gone. */
  readonly there: VaultIndex;
  /** With them: it tells how long they were. The same where none is gone. */
  readonly known: VaultIndex;
  readonly packsGone: number;
}

/** @throws AppError `object/…` or `format/invalid` for a damaged index file, `store/…` */
export async function loadIndexes(vault: Vault, signal?: AbortSignal): Promise<IndexPair> {
  const known = await loadIndex(vault, { signal });
  // The packs after the index: what it names was there before.
  const listed = await listPacks(vault, signal);
  const missing: string[] = [];
  for (let number = 0; number < known.packs.count; number++) {
    if (!listed.has(known.packs.idOf(number))) missing.push(known.packs.idOf(number));
  }
  const gone = new Set<string>();
  await forEachConcurrent(missing, HEADS_AT_ONCE, async (id) => {
    const room = known.packs.kindOf(known.packs.numberOf(id) ?? 0);
    if (!(await vault.store.head(packKey(room, id), signal))) gone.add(id);
  });
  if (gone.size === 0) return { there: known, known, packsGone: 0 };
  const there = await loadIndex(vault, { signal, isAvoided: (id) => gone.has(id) });
  return { there, known, packsGone: gone.size };
}
