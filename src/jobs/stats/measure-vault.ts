/**
 * What a store holds for a vault, and how much of it nobody needs.
 * @module
 */
import type { VaultIndex } from '../../vault/index/load-index.ts';
import type { RowSet } from '../../vault/index/row-set.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ObjectSums, VaultUse } from './events.ts';
import { sumChunks } from './sum-chunks.ts';

const PACK = /^(?:data|meta)\/[0-9a-f]{2}\/([0-9a-f]{32})$/;
const OURS =
  /^(?:(data|meta)\/[0-9a-f]{2}|(config|gc|index|keys|snapshots))\/[0-9a-f]{32}(?:\.json)?$/;
const VAULT_FILE = 'vault.json';

type Sums = { -readonly [K in keyof ObjectSums]: number };

export interface VaultUseParts {
  readonly vault: Vault;
  readonly index: VaultIndex;
  /** Rows that snapshots need, of all snapshots there are. */
  readonly needed: RowSet;
  readonly onObject: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** @throws AppError `store/…` */
export async function measureVault(parts: VaultUseParts): Promise<VaultUse> {
  const { vault, index, needed, signal } = parts;
  const objects: Record<string, Sums> = {};
  const total = nothing();
  const unindexedPacks = nothing();
  for await (const { key, sizeBytes } of vault.store.list('', signal)) {
    add(total, sizeBytes);
    add((objects[roomOf(key)] ??= nothing()), sizeBytes);
    const pack = PACK.exec(key)?.[1];
    const isUnindexed = pack !== undefined && index.packs.numberOf(pack) === undefined;
    if (isUnindexed) add(unindexedPacks, sizeBytes);
    parts.onObject(total.objects);
  }
  const unused = sumChunks(index, (row) => !needed.has(row));
  const used = sumChunks(index, (row) => needed.has(row));
  const packs = nothing();
  for (let pack = 0; pack < index.packs.count; pack++) add(packs, index.packs.sealedBytesOf(pack));
  const chunkBytes = [unused, used].flatMap(({ data, metadata }) => [data, metadata]);
  return {
    objects,
    total,
    packs,
    unindexedPacks,
    unused,
    unusedPacks: sumUnusedPacks(index, needed),
    overheadBytes: chunkBytes.reduce((left, { storedBytes }) => left - storedBytes, packs.bytes),
  };
}

function roomOf(key: string): string {
  const [, room, flat] = OURS.exec(key) ?? [];
  return room ?? flat ?? (key === VAULT_FILE ? key : 'other');
}

function sumUnusedPacks({ chunks, packs }: VaultIndex, needed: RowSet): ObjectSums {
  const isUsed = new Uint8Array(packs.count);
  for (let row = 0; row < chunks.count; row++) if (needed.has(row)) isUsed[chunks.packOf(row)] = 1;
  const sums = nothing();
  for (const [pack, used] of isUsed.entries()) if (!used) add(sums, packs.sealedBytesOf(pack));
  return sums;
}

function nothing(): Sums {
  return { objects: 0, bytes: 0 };
}

function add(sums: Sums, bytes: number): void {
  sums.objects++;
  sums.bytes += bytes;
}
