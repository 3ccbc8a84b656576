/**
 * Puts a snapshot in the place of each that cannot be restored whole: the same time, host, tags and chain, without
 * what is gone. The damaged one is forgotten when the new one is committed, and not before.
 * @module
 */
import { eventsOf } from '../../../base/event-queue.ts';
import { MiB } from '../../../base/units.ts';
import { createPathCutter } from '../../../chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../crypto/derive.ts';
import { displayPath } from '../../../files/path.ts';
import type { ForgottenSnapshot } from '../../../format/documents/gc-record.ts';
import { ChunkLoader } from '../../../vault/chunk-loader.ts';
import { commitSnapshot } from '../../../vault/commit/commit-snapshot.ts';
import { forgetSnapshots, tombstoneOf } from '../../../vault/gc/forget-snapshots.ts';
import type { PackSink } from '../../../vault/pack/pack-sink.ts';
import type { SavedSnapshot, SnapshotListing } from '../../../vault/snapshots.ts';
import { findTwin } from '../../../vault/replace-snapshot.ts';
import { loadSnapshots } from '../../../vault/snapshots.ts';
import type { Vault } from '../../../vault/vault.ts';
import { ManifestCheck } from '../../check/check-manifests.ts';
import { DamageBook } from '../../check/damage-book.ts';
import type { RepairAction, RepairSnapshotsEvent } from '../events.ts';
import { namedIds } from '../../forget/named-ids.ts';
import { GRACE_MS_DEFAULT } from '../../prune/options.ts';
import { assertMayWrite } from '../remove-object.ts';
import { ChunkSaver } from './chunk-saver.ts';
import { withSink } from '../with-sink.ts';
import type { IndexPair } from './load-indexes.ts';
import { loadIndexes } from './load-indexes.ts';
import { tombstoneOfDamaged } from './tombstones.ts';
import { findMisplaced } from './misplaced.ts';
import type { PathLoss } from './mend-leaf.ts';
import type { MendedManifest } from './mend-manifest.ts';
import { ManifestMender } from './mend-manifest.ts';

const NODE_CACHE_BYTES = 48 * MiB;

export interface RepairSnapshotsOptions {
  /** Which snapshots, as `snapshot-selector.ts` has it; all of them where there are none. */
  readonly selectors?: readonly string[];
  /** Keeps files that lost something, with zeros in place of it, where it is known where they belong. */
  readonly zeroFill?: boolean;
  /** Forgets snapshots of which nothing is left. */
  readonly forgetLost?: boolean;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  /** How long the damaged snapshots can be had back; 24 hours by default. */
  readonly graceMs?: number | undefined;
  /** For the new snapshots: `cybs3 0.1.0`. */
  readonly program: string;
  readonly signal?: AbortSignal;
}

/**
 * @throws AppError `store/…`, `interrupted`, `vault/changed` where a prune ran at the same time, `object/…` for a
 *   damaged index file. What was committed until then stays; the next run goes on from there.
 */
export async function* repairSnapshots(
  vault: Vault,
  options: RepairSnapshotsOptions,
): AsyncGenerator<RepairSnapshotsEvent> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  yield* eventsOf<RepairSnapshotsEvent>(
    (emit) => new SnapshotRepair(vault, options, signal, emit).run(),
    () => stop.abort(),
  );
}

/** A damaged snapshot and what is to stand in its place. */
interface Mended {
  readonly saved: SavedSnapshot;
  readonly manifest: MendedManifest;
  readonly isComplete: boolean;
}

class SnapshotRepair {
  readonly #vault: Vault;
  readonly #options: RepairSnapshotsOptions;
  readonly #signal: AbortSignal;
  readonly #emit: (event: RepairSnapshotsEvent) => void;
  readonly #tombstones: ForgottenSnapshot[] = [];
  /** Undefined: all. */
  #wanted: ReadonlySet<string> | undefined;
  #replaced = 0;
  #forgotten = 0;
  #dropped = 0;
  #zeroed = 0;
  #remaining = 0;

  constructor(
    vault: Vault,
    options: RepairSnapshotsOptions,
    signal: AbortSignal,
    emit: (event: RepairSnapshotsEvent) => void,
  ) {
    this.#vault = vault;
    this.#options = options;
    this.#signal = signal;
    this.#emit = emit;
  }

  async run(): Promise<void> {
    const startedMs = this.#vault.clock();
    const { dryRun = false } = this.#options;
    if (!dryRun) assertMayWrite(this.#vault);
    const listing = await loadSnapshots(this.#vault, this.#signal);
    await this.#chooseSnapshots(listing);
    const indexes = await loadIndexes(this.#vault, this.#signal);
    if (indexes.packsGone > 0) this.#warnOfIndex(indexes.packsGone);
    const misplaced = await findMisplaced(this.#vault, listing, this.#signal);
    const damaged = [
      ...misplaced.filter(({ id }) => this.#isWanted(id)),
      ...(await this.#findDamaged(listing, indexes)),
    ];
    const mended = await withSink(this.#vault, { dryRun, signal: this.#signal }, (sink) =>
      this.#mendAll(damaged, indexes, sink),
    );
    const view = { index: indexes.there, avoided: new Set<string>(), startedMs };
    for (const one of mended) {
      await this.#replace(one, listing, (snapshot) =>
        commitSnapshot(this.#vault, view, snapshot, this.#signal),
      );
    }
    await this.#loseUnreadable(listing, new Set(misplaced.map(({ id }) => id)));
    await this.#forget();
    this.#emit({
      type: 'summary',
      repair: 'snapshots',
      dryRun,
      remaining: this.#remaining,
      snapshots: listing.snapshots.length + listing.damaged.length,
      snapshotsReplaced: this.#replaced,
      snapshotsForgotten: this.#forgotten,
      entriesDropped: this.#dropped,
      filesZeroed: this.#zeroed,
      durationMs: this.#vault.clock() - startedMs,
    });
  }

  /** Not done here: for zeros the index is wanted as it is, as it tells how long lost chunks were. */
  #warnOfIndex(packs: number): void {
    const what = packs === 1 ? 'a pack that is' : `${packs} packs that are`;
    const mend = 'run `cybs3 repair index`, so that backups save again what was in it';
    const message = `the index names ${what} gone: ${mend}`;
    this.#emit({ type: 'notice', message });
  }

  async #chooseSnapshots({ snapshots, damaged }: SnapshotListing): Promise<void> {
    const { selectors = [] } = this.#options;
    if (selectors.length === 0) return;
    const ids = [...snapshots, ...damaged].map(({ id }) => id);
    this.#wanted = await namedIds(this.#vault, selectors, ids, this.#signal);
  }

  #isWanted(id: string): boolean {
    return this.#wanted?.has(id) ?? true;
  }

  /** Newest first, as they matter most. */
  async #findDamaged(listing: SnapshotListing, indexes: IndexPair): Promise<SavedSnapshot[]> {
    const wanted = listing.snapshots.filter(({ id }) => this.#isWanted(id)).reverse();
    const book = new DamageBook();
    const manifests = new ManifestCheck({
      index: indexes.there,
      loader: this.#loader(indexes),
      book,
      packDamages: new Map(),
      rowDamages: new Map(),
      onNode: () => undefined,
    });
    const total = wanted.length;
    for (const [done, saved] of wanted.entries()) {
      this.#emit({
        type: 'progress',
        stage: 'snapshots',
        done,
        total,
        bytesDone: 0,
        bytesTotal: 0,
      });
      await manifests.check(saved);
    }
    return wanted.filter(({ id }) => book.has(`snapshot ${id}`, 'snapshot-damaged'));
  }

  #loader({ there }: IndexPair): ChunkLoader {
    const options = { cacheBytes: NODE_CACHE_BYTES, signal: this.#signal };
    return new ChunkLoader(this.#vault, there, options);
  }

  async #mendAll(
    damaged: readonly SavedSnapshot[],
    indexes: IndexPair,
    sink: PackSink | undefined,
  ): Promise<Mended[]> {
    const mender = this.#mender(indexes, sink);
    const mended: Mended[] = [];
    for (const saved of damaged) {
      let isComplete = saved.snapshot.complete;
      const manifest = await mender.mend(saved.snapshot.manifest, (loss) => {
        isComplete = false;
        this.#report(saved.id, loss);
      });
      mended.push({ saved, manifest, isComplete });
    }
    return mended;
  }

  #mender(indexes: IndexPair, sink: PackSink | undefined): ManifestMender {
    using dedup = deriveDedupKeys(this.#vault.keys.dedupKey);
    const identify = createChunkIdentifier(dedup.chunkId);
    const startsNode = dedup.manifestCut.use((key) => createPathCutter(Uint8Array.from(key)));
    const { chunks } = indexes.there;
    const parts = {
      chunks,
      known: indexes.known.chunks,
      source: this.#loader(indexes),
      saver: new ChunkSaver(chunks, identify, sink),
      identify,
      zeroFill: this.#options.zeroFill ?? false,
    };
    return new ManifestMender(parts, startsNode);
  }

  #report(id: string, { path, action, message, entries }: PathLoss): void {
    if (action === 'path-zeroed') this.#zeroed++;
    else this.#dropped += entries;
    const subject = `${id.slice(0, 8)}:${displayPath(path)}`;
    const following = entries > 1 ? `it and what follows it, ${entries} entries: ` : '';
    this.#step(action, subject, following + message);
  }

  async #replace(
    { saved, manifest: { root, totals }, isComplete }: Mended,
    listing: SnapshotListing,
    commit: (snapshot: SavedSnapshot['snapshot']) => Promise<SavedSnapshot>,
  ): Promise<void> {
    const { id, snapshot } = saved;
    if (!root) return this.#lose(tombstoneOf(saved), 'nothing of it can be read');
    const { program, dryRun = false } = this.#options;
    const next = { ...snapshot, manifest: root, totals, program, complete: isComplete };
    this.#replaced++;
    if (dryRun)
      return this.#step('snapshot-replaced', `snapshot ${id}`, 'by one without what is gone');
    // An earlier run may have committed it, and ended before it could forget the damaged one.
    const { snapshots } = listing;
    const twin = await findTwin(this.#vault, next, saved, snapshots, this.#signal);
    const { id: replacedBy } = twin ?? (await commit(next));
    this.#tombstones.push(tombstoneOf(saved, replacedBy));
    this.#step('snapshot-replaced', `snapshot ${id}`, `by ${replacedBy}, without what is gone`);
  }

  async #loseUnreadable(listing: SnapshotListing, found: ReadonlySet<string>): Promise<void> {
    for (const { id, error } of listing.damaged) {
      if (!this.#isWanted(id) || found.has(id)) continue;
      const tombstone = await tombstoneOfDamaged(this.#vault, id, listing, this.#signal);
      this.#lose(tombstone, error.message);
    }
  }

  /** A snapshot of which there is nothing to keep. */
  #lose(tombstone: ForgottenSnapshot, message: string): void {
    const subject = `snapshot ${tombstone.id}`;
    if (!this.#options.forgetLost) {
      this.#remaining++;
      this.#step('snapshot-lost', subject, message);
      return;
    }
    this.#forgotten++;
    this.#tombstones.push(tombstone);
    this.#step('snapshot-forgotten', subject, message);
  }

  async #forget(): Promise<void> {
    if (this.#tombstones.length === 0 || this.#options.dryRun) return;
    const { graceMs = GRACE_MS_DEFAULT } = this.#options;
    await forgetSnapshots(this.#vault, this.#tombstones, { graceMs, signal: this.#signal });
  }

  #step(action: RepairAction, subject: string, message: string): void {
    this.#emit({ type: 'step', action, subject, message });
  }
}
