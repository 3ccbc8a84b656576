/**
 * Reads packs whole, several at a time, and has them verified in threads.
 * @module
 */
import { availableParallelism } from 'node:os';
import { mapConcurrent } from '../../base/flow.ts';
import { PAGE_BYTES, pageAlignedMemory } from '../../base/page-memory.ts';
import { MiB } from '../../base/units.ts';
import { exportVaultKeys, wipeKeyMaterial } from '../../crypto/vault-keys.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { packKey } from '../../vault/pack-key.ts';
import type { Vault } from '../../vault/vault.ts';
import { isAboutObject } from './check-objects.ts';
import type { Damage, DamageBook } from './damage-book.ts';
import { PackRows } from './pack-rows.ts';
import type { VerifySetup } from './verify-messages.ts';
import type { PackFault } from './verify-pack.ts';
import { VerifyPool } from './verify-pool.ts';

const THREADS_MAX = 4;
/** Packs being read or verified: sealed, and opened beside it. */
const PACK_MEMORY_BYTES = 128 * MiB;

export interface PackCheck {
  readonly vault: Vault;
  readonly index: VaultIndex;
  readonly book: DamageBook;
  /** Pack numbers. */
  readonly packs: readonly number[];
  readonly signal: AbortSignal;
  /** Called for each pack that was read, in the order of `packs`. */
  readonly onPack: (bytes: number) => void;
  /** No further pack is begun then; the first is read in any case. */
  readonly isOver: () => boolean;
  /** Something is wrong, said as soon as it is known. */
  readonly onFault: (message: string) => void;
}

/**
 * @returns what is wrong with which chunk, by row
 * @throws AppError `store/…`, `interrupted`
 */
export async function checkPacks(check: PackCheck): Promise<Map<number, Damage>> {
  const { vault, index, packs } = check;
  const damages = new Map<number, Damage>();
  if (packs.length === 0) return damages;
  const rows = PackRows.create(index.chunks, index.packs.count);
  const threads = Math.min(THREADS_MAX, availableParallelism(), packs.length);
  const setups = Array.from({ length: threads }, (): VerifySetup => {
    const keys = exportVaultKeys(vault.keys);
    return { keys, chunks: index.chunks.shared, rows: rows.shared };
  });
  await using pool = new VerifyPool(setups);
  for (const { keys } of setups) wipeKeyMaterial(keys);
  const largest = packs.reduce((most, pack) => Math.max(most, index.packs.sealedBytesOf(pack)), 1);
  const atOnce = Math.max(1, Math.min(threads + 1, Math.floor(PACK_MEMORY_BYTES / largest)));
  const free = slotsFor(atOnce, largest);
  const verify = async (pack: number): Promise<Verdict> => {
    const slot = free.pop();
    try {
      return await checkPack(check, pool, rows, pack, slot);
    } finally {
      if (slot) free.push(slot);
    }
  };
  for await (const { key, bytes, faults } of mapConcurrent(inTime(check), atOnce, verify)) {
    for (const fault of faults) noteFault(check, key, fault, damages);
    check.onPack(bytes);
  }
  return damages;
}

function* inTime({ packs, isOver }: PackCheck): Generator<number> {
  for (const [n, pack] of packs.entries()) {
    if (n > 0 && isOver()) return;
    yield pack;
  }
}

interface Verdict {
  readonly key: string;
  readonly bytes: number;
  readonly faults: readonly PackFault[];
}

/** Memory for packs, used again and again, if they are as big as packs are. */
function slotsFor(count: number, largest: number): Uint8Array[] {
  const bytes = Math.ceil(largest / PAGE_BYTES) * PAGE_BYTES;
  if (count * bytes > PACK_MEMORY_BYTES) return [];
  const memory = pageAlignedMemory(count * bytes);
  return Array.from({ length: count }, (_, n) => new Uint8Array(memory, n * bytes, bytes));
}

async function checkPack(
  check: PackCheck,
  pool: VerifyPool,
  rows: PackRows,
  number: number,
  slot: Uint8Array | undefined,
): Promise<Verdict> {
  const { vault, index, signal } = check;
  const [room, id] = [index.packs.kindOf(number), index.packs.idOf(number)];
  const key = packKey(room, id);
  let sealed: Uint8Array;
  try {
    sealed = await vault.store.get(key, { signal, into: slot });
  } catch (error) {
    if (!isAboutObject(error)) throw error;
    const isGone = error.code === 'store/not-found';
    const reason = isGone ? 'pack-missing' : 'pack-damaged';
    const message = isGone ? 'the pack is gone' : error.message;
    return { key, bytes: 0, faults: [{ reason, message, rows: [...rows.of(number)] }] };
  }
  const bytes = sealed.length;
  return { key, bytes, faults: await pool.verify({ number, room, id }, sealed) };
}

function noteFault(
  { book, onFault }: PackCheck,
  key: string,
  { reason, message, rows }: PackFault,
  damages: Map<number, Damage>,
): void {
  const damage = book.note(key, reason, message);
  for (const row of rows) damages.set(row, damage);
  onFault(`${key}: ${message}`);
}
