/**
 * Short codes for the newest snapshot of each host, and finding the snapshot that a code was for.
 *
 * A code is for one snapshot. That one is known as long as it is stored, or was forgotten on purpose; so a code that
 * is not found again says that the vault was put back to a state before it, or that the snapshot was taken away.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { headCode, normalHeadCode } from '../../vault/history/head-code.ts';
import type { SeenSnapshot } from '../../vault/history/seen-snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { DatedSnapshot, SnapshotHistory } from './load-history.ts';

export interface Head extends SeenSnapshot {
  readonly code: string;
}

export interface FoundHead {
  /** As it was typed, written as it was given out. */
  readonly code: string;
  /** Undefined: the vault does not know that snapshot. */
  readonly snapshot?: SeenSnapshot;
  readonly isForgotten: boolean;
  /** Snapshots of the same host that came after it and count. */
  readonly newer: number;
}

/** One for each host, by name. */
export function listHeads({ vaultId }: Vault, { snapshots }: SnapshotHistory): Head[] {
  const newest = new Map<string, SeenSnapshot>();
  for (const one of snapshots.map(seen)) {
    const known = newest.get(one.host);
    if (!known || isAfter(one, known)) newest.set(one.host, one);
  }
  return [...newest.values()]
    .sort((a, b) => (a.host < b.host ? -1 : 1))
    .map((one) => ({ ...one, code: headCode(vaultId, one) }));
}

/** @throws AppError `usage` where a text is no code */
export function findHeads(
  { vaultId }: Vault,
  { snapshots, gc }: SnapshotHistory,
  texts: readonly string[],
): FoundHead[] {
  const live = snapshots.map(seen);
  const forgotten = gc.records.flatMap(({ record }) =>
    record.type === 'forgotten' ? record.snapshots : [],
  );
  // Those that count come last, and are what is found where both are there.
  const all = [
    ...forgotten.map((snapshot) => ({ snapshot, isForgotten: true })),
    ...live.map((snapshot) => ({ snapshot, isForgotten: false })),
  ];
  const byCode = new Map(all.map((one) => [headCode(vaultId, one.snapshot), one]));
  return texts.map((text) => {
    const code = codeOf(text);
    const found = byCode.get(code);
    if (!found) return { code, isForgotten: false, newer: 0 };
    const { snapshot } = found;
    const newer = live.filter((one) => one.host === snapshot.host && isAfter(one, snapshot)).length;
    return { code, ...found, newer };
  });
}

function codeOf(text: string): string {
  const code = normalHeadCode(text);
  if (code !== undefined) return code;
  throw new AppError('usage', `${JSON.stringify(text)} is no code of \`cybs3 status --head\``, {
    hint: 'it has sixteen letters and digits, as in 7KQ2-M3XA-0ABC-9DEF',
  });
}

function seen({ id, sha256, snapshot: { host, timeMs, chain } }: DatedSnapshot): SeenSnapshot {
  return { id, sha256, host, sequence: chain.sequence, timeMs };
}

function isAfter(a: SeenSnapshot, b: SeenSnapshot): boolean {
  return a.sequence === b.sequence ? a.timeMs > b.timeMs : a.sequence > b.sequence;
}
