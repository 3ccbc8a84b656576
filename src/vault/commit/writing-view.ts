/**
 * What a writer sees of a vault when it begins: the chunks that it may build on.
 * @module
 */
import { loadGcState } from '../gc/gc-state.ts';
import type { Condemnation, GcState } from '../gc/gc-state.ts';
import type { VaultIndex } from '../index/load-index.ts';
import { loadIndex } from '../index/load-index.ts';
import type { Vault } from '../vault.ts';

export interface WritingView {
  readonly index: VaultIndex;
  /** Condemned packs whose chunks are not in the index: they are stored again. */
  readonly avoided: ReadonlySet<string>;
  readonly startedMs: number;
}

export interface WritingViewOptions {
  readonly signal?: AbortSignal | undefined;
  /** Room for chunks that will be added, in rows (memory is only reserved). */
  readonly extraChunks?: number;
  /** Nothing condemned is used, however lately: for a second attempt. */
  readonly avoidsAll?: boolean;
}

/**
 * Packs that were condemned long enough ago to be deleted before this writer is done are left out; those that
 * were condemned just now are used, and saved by that. Whether that was right is found out when it commits.
 * @param gc what was loaded just now
 * @throws AppError `object/…` or `format/invalid` for a damaged index file, `store/…`
 */
export async function openForWriting(
  vault: Vault,
  gc: GcState,
  { avoidsAll = false, ...options }: WritingViewOptions = {},
): Promise<WritingView> {
  const startedMs = vault.clock();
  // A host whose clock is behind knows at least that it is later than what it has just read.
  const nowMs = gc.records.reduce(
    (now, { modifiedMs = 0 }) => Math.max(now, modifiedMs),
    startedMs,
  );
  const isOld = ({ usableUntilMs }: Condemnation) => avoidsAll || nowMs >= usableUntilMs;
  const old = [...gc.condemned].filter(([, condemnation]) => isOld(condemnation));
  const avoided = new Set(old.map(([id]) => id));
  const isAvoided = avoided.size > 0 ? (id: string) => avoided.has(id) : undefined;
  const condemned = Promise.resolve(gc.condemned);
  // Writers read metadata only; of all else it is enough to know that it is there.
  const places = 'metadata';
  const index = await loadIndex(vault, { ...options, isAvoided, condemned, places });
  return { index, avoided, startedMs };
}

/** Records that cannot be read condemn nothing that a prune would delete: prunes refuse where there are such. */
export function loadGcForWriting(vault: Vault, signal?: AbortSignal): Promise<GcState> {
  return loadGcState(vault, { signal, onDamage: () => undefined });
}
