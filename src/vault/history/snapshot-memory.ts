/**
 * The watch of one run: compares with what the runs before it saw, and writes down what is new.
 * @module
 */
import { isFailure } from '../../base/failure.ts';
import type { GcState } from '../gc/gc-state.ts';
import { loadGcState } from '../gc/gc-state.ts';
import { SNAPSHOT_PREFIX, idOfKey, isObjectKey } from '../pack-key.ts';
import type { SavedSnapshot } from '../snapshots.ts';
import type { Vault } from '../vault.ts';
import { findVanished, namesEverForgotten } from './find-vanished.ts';
import type { SeenSnapshot } from './seen-snapshots.ts';
import { decodeSeen, encodeSeen } from './seen-snapshots.ts';
import type { SnapshotAlarm, SnapshotWatch } from './snapshot-watch.ts';

/** Where the memory is kept, outside the vault. */
export interface MemoryFile {
  /** @returns undefined where there is nothing, or nothing that can be read */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
}

export interface MemoryOptions {
  readonly file: MemoryFile;
  /** Told of new alarms, in the middle of whatever is being done. */
  readonly onAlarms: (alarms: readonly SnapshotAlarm[]) => void;
  readonly signal?: AbortSignal | undefined;
}

export class SnapshotMemory implements SnapshotWatch {
  /** Has no watch itself. */
  readonly #vault: Vault;
  readonly #options: MemoryOptions;
  readonly #seen: Promise<ReadonlyMap<string, SeenSnapshot>>;
  /** Seen in this run. */
  readonly #fresh = new Map<string, SeenSnapshot>();
  /** By snapshot. */
  readonly #alarms = new Map<string, SnapshotAlarm>();
  #listed: ReadonlySet<string> | undefined;
  #gc: GcState | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(vault: Vault, options: MemoryOptions) {
    this.#vault = vault;
    this.#options = options;
    this.#seen = this.#load();
  }

  onListed(ids: readonly string[]): void {
    this.#listed = new Set(ids);
    this.#compare();
  }

  onRecords(gc: GcState): void {
    this.#gc = gc;
    this.#compare();
  }

  onLoaded({ id, sha256, snapshot }: SavedSnapshot): void {
    const { host, timeMs, chain } = snapshot;
    this.#fresh.set(id, { id, sha256, host, sequence: chain.sequence, timeMs });
  }

  async known(): Promise<readonly SeenSnapshot[]> {
    return [...(await this.#seen).values()];
  }

  async settled(): Promise<readonly SnapshotAlarm[]> {
    await this.#work;
    await this.#compareLoaded();
    return [...this.#alarms.values()];
  }

  /** Ends the watch: gives the last alarms, and writes down what is new. Never throws. */
  async close(): Promise<void> {
    try {
      await this.settled();
      await this.#save();
    } catch {
      // What cannot be remembered today is so another day.
    }
  }

  async #load(): Promise<ReadonlyMap<string, SeenSnapshot>> {
    const bytes = await this.#options.file.load().catch(() => undefined);
    if (!bytes) return new Map();
    try {
      return decodeSeen(bytes, this.#vault.vaultId);
    } catch (error) {
      if (isFailure(error, 'format/invalid')) return new Map();
      throw error;
    }
  }

  #compare(): void {
    const [listed, gc] = [this.#listed, this.#gc];
    if (!listed || !gc) return;
    const compare = async () => {
      const seen = [...(await this.#seen).values()];
      const isNews = ({ id }: SeenSnapshot) => !this.#alarms.has(id);
      if (!findVanished(seen, listed, gc).some(isNews)) return;
      // Listed before it was stored, or its tombstone read before it was written: looked at anew, in this order.
      const nowListed = await this.#listAnew();
      const { gc: nowGc, isPartial } = await this.#loadRecordsAnew();
      const vanished = findVanished(seen, nowListed, nowGc).filter(isNews);
      const unsure = isPartial && { isUnsure: true as const };
      this.#raise(
        vanished.map((snapshot) => ({ reason: 'snapshot-missing', snapshot, ...unsure })),
      );
    };
    // A store that cannot be asked fails whatever is being done; no alarm is made of that.
    this.#work = this.#work.then(compare).catch(() => undefined);
  }

  async #compareLoaded(): Promise<void> {
    const seen = await this.#seen;
    const replaced = [...this.#fresh.values()].flatMap(({ id, sha256 }) => {
      const snapshot = seen.get(id);
      return snapshot && snapshot.sha256 !== sha256 && !this.#alarms.has(id) ? [snapshot] : [];
    });
    this.#raise(replaced.map((snapshot) => ({ reason: 'snapshot-replaced', snapshot })));
  }

  #raise(alarms: readonly SnapshotAlarm[]): void {
    for (const alarm of alarms) this.#alarms.set(alarm.snapshot.id, alarm);
    if (alarms.length > 0) this.#options.onAlarms(alarms);
  }

  async #listAnew(): Promise<ReadonlySet<string>> {
    const listed = new Set<string>();
    for await (const { key } of this.#vault.store.list(SNAPSHOT_PREFIX, this.#options.signal)) {
      if (isObjectKey(SNAPSHOT_PREFIX, key)) listed.add(idOfKey(key));
    }
    return listed;
  }

  async #loadRecordsAnew(): Promise<{ gc: GcState; isPartial: boolean }> {
    const { signal } = this.#options;
    let isPartial = false;
    const onDamage = (): void => {
      isPartial = true;
    };
    const gc = await loadGcState(this.#vault, { signal, onDamage, skipsUnknown: true });
    return { gc, isPartial };
  }

  async #save(): Promise<void> {
    const seen = await this.#seen;
    const gone = this.#forgotten();
    const isNew = [...this.#fresh.keys()].some((id) => !seen.has(id) && !gone.has(id));
    if (!isNew && ![...seen.keys()].some((id) => gone.has(id))) return;
    // Another run may have written meanwhile. What was seen first counts: it may be what is missed now.
    const all = new Map([...this.#fresh, ...seen, ...(await this.#load())]);
    for (const id of gone) all.delete(id);
    await this.#options.file.save(encodeSeen(this.#vault.vaultId, all.values()));
  }

  /** What counts no more, and is no alarm whatever becomes of it. */
  #forgotten(): ReadonlySet<string> {
    if (!this.#gc) return new Set();
    const listed = this.#listed ?? new Set();
    const names = [...namesEverForgotten(this.#gc)];
    const { forgotten } = this.#gc;
    return new Set(names.filter((id) => forgotten.has(id) || !listed.has(id)));
  }
}

/** The same vault, watched. Disposing of it ends the watch first. */
export function watched(vault: Vault, options: MemoryOptions): Vault {
  const watch = new SnapshotMemory(vault, options);
  return {
    ...vault,
    watch,
    async [Symbol.asyncDispose]() {
      await watch.close();
      await vault[Symbol.asyncDispose]();
    },
  };
}
