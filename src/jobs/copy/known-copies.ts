/**
 * Which snapshots of one vault are in the other: a copy says where it comes from.
 * @module
 */
import { toHex } from '../../base/bytes.ts';
import type { SavedSnapshot, SnapshotListing } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';

export interface CopyPair {
  readonly original: SavedSnapshot;
  readonly copy: SavedSnapshot;
  /** Neither was changed since: file by file and chunk by chunk they hold the same. */
  readonly isExact: boolean;
}

export class KnownCopies {
  readonly #sourceId: string;
  readonly #targetId: string;
  readonly #byId: Map<string, SavedSnapshot>;
  readonly #byOriginal = new Map<string, SavedSnapshot>();
  readonly #forgotten: ReadonlySet<string>;

  constructor(source: Vault, target: Vault, { snapshots, forgotten }: SnapshotListing) {
    this.#sourceId = source.vaultId;
    this.#targetId = target.vaultId;
    this.#byId = new Map(snapshots.map((saved) => [saved.id, saved]));
    for (const saved of snapshots) this.#note(saved);
    const gone = [...forgotten.values()].filter(
      ({ replacedBy, unsaved }) => replacedBy === undefined && unsaved !== true,
    );
    this.#forgotten = new Set(gone.map(({ timeMs, host }) => `${timeMs} ${host}`));
  }

  #note(saved: SavedSnapshot): void {
    const { copiedFrom } = saved.snapshot;
    if (copiedFrom?.vaultId !== this.#sourceId) return;
    const known = this.#byOriginal.get(copiedFrom.id);
    if (!known || !isUnchanged(known)) this.#byOriginal.set(copiedFrom.id, saved);
  }

  /** A copy that was made just now. */
  add(copy: SavedSnapshot): void {
    this.#byId.set(copy.id, copy);
    this.#note(copy);
  }

  /** The snapshot's copy; or what it is itself a copy of, where it came from the other vault. */
  find(original: SavedSnapshot): CopyPair | undefined {
    const copy = this.#byOriginal.get(original.id);
    if (copy) return { original, copy, isExact: isUnchanged(copy) };
    const { copiedFrom, timeMs, host } = original.snapshot;
    const first =
      copiedFrom?.vaultId === this.#targetId ? this.#byId.get(copiedFrom.id) : undefined;
    if (first?.snapshot.timeMs !== timeMs || first.snapshot.host !== host) return undefined;
    return { original, copy: first, isExact: isUnchanged(original) };
  }

  /** The name of the copy of a snapshot, by the name of that. */
  idOfCopy(id: string): string | undefined {
    return this.#byOriginal.get(id)?.id;
  }

  /** A copy was there, and was forgotten there: tombstones tell host and time. */
  isForgotten({ snapshot: { timeMs, host } }: SavedSnapshot): boolean {
    return this.#forgotten.has(`${timeMs} ${host}`);
  }
}

/** `rewrite` and `repair` make another manifest. */
function isUnchanged({ snapshot: { copiedFrom, manifest } }: SavedSnapshot): boolean {
  return copiedFrom?.manifest === toHex(manifest.id);
}
