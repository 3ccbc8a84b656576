/**
 * Copies the snapshots that are due, one by one.
 * @module
 */
import { toHex } from '../../base/bytes.ts';
import type { AppError } from '../../base/failure.ts';
import { isDamage, isFailure } from '../../base/failure.ts';
import type { Snapshot } from '../../format/snapshot.ts';
import { commitSnapshot } from '../../vault/commit/commit-snapshot.ts';
import { loadGcForWriting } from '../../vault/commit/writing-view.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import { listObjects } from '../../vault/list-ahead.ts';
import { INDEX_PREFIX } from '../../vault/pack-key.ts';
import type { SavedSnapshot, SnapshotListing } from '../../vault/snapshots.ts';
import { listLiveSnapshots } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { nextInChain } from '../backup/choose-parent.ts';
import type { CopiedManifest } from './copy-manifest.ts';
import { copyManifest } from './copy-manifest.ts';
import type { CopySource } from './copy-source.ts';
import { openCopySource } from './copy-source.ts';
import type { CopyTarget } from './copy-target.ts';
import { openCopyTarget } from './copy-target.ts';
import type { CopyEvent, CopySummary } from './events.ts';
import { Evidence } from './evidence.ts';
import type { KnownCopies } from './known-copies.ts';
import { learnIds } from './chunks/learn-ids.ts';
import { moveChunks } from './chunks/move-chunks.ts';
import type { ChunkPlan } from './chunks/plan-chunks.ts';
import { ChunkPlanner } from './chunks/plan-chunks.ts';

const PROGRESS_MS = 100;
/** So often a snapshot is begun anew because a prune, of either vault, got in the way. */
const ATTEMPTS = 3;

export interface CopyRunParts {
  readonly source: Vault;
  readonly target: Vault;
  /** Oldest first. */
  readonly due: readonly SavedSnapshot[];
  /** All of the vault that is copied from, oldest first. */
  readonly snapshots: readonly SavedSnapshot[];
  readonly there: SnapshotListing;
  readonly copies: KnownCopies;
  /** Of the vault that is copied into, loaded just now. */
  readonly gc: GcState;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly emit: (event: CopyEvent) => void;
}

type Counts = {
  -readonly [
    K in 'copied' | 'failed' | 'chunksRead' | 'bytesRead' | 'chunksCopied' | 'bytesStored'
  ]: CopySummary[K];
};

/** Both vaults as they were seen at one time. */
interface Sides {
  readonly source: CopySource;
  readonly target: CopyTarget;
  planner: ChunkPlanner;
}

export class CopyRun {
  readonly #parts: CopyRunParts;
  /** Of the vault that is copied into, with what was copied by now. */
  readonly #chain: SavedSnapshot[];
  readonly #evidence: Evidence;
  #gc: GcState | undefined;
  #source: CopySource | undefined;
  #sides: Sides | undefined;
  /** Snapshots all of whose chunks are known in this run. */
  #settled = new Set<string>();
  readonly #counts: Counts = {
    copied: 0,
    failed: 0,
    chunksRead: 0,
    bytesRead: 0,
    chunksCopied: 0,
    bytesStored: 0,
  };
  #bytesTotal = 0;
  #isScanned = false;
  #progressMs = -Infinity;

  constructor(parts: CopyRunParts) {
    this.#parts = parts;
    this.#chain = [...parts.there.snapshots];
    this.#evidence = new Evidence(parts.snapshots, parts.copies);
    this.#gc = parts.gc;
  }

  /** @throws AppError `store/…`, `interrupted`, damage of the vault that is copied into */
  async run(): Promise<Counts> {
    const { due, signal } = this.#parts;
    try {
      for (const saved of due) {
        signal.throwIfAborted();
        this.#isScanned = false;
        await this.#copyOrReport(saved);
      }
      await this.#closeTarget();
    } catch (error) {
      // What is durable is found by the next run.
      await this.#sides?.target.sink.salvage().catch(() => undefined);
      throw error;
    }
    return this.#counts;
  }

  async #copyOrReport(saved: SavedSnapshot): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#copy(saved, attempt > 1);
      } catch (error) {
        const damage = error instanceof SourceDamage ? error.damage : undefined;
        if (!damage && !isFailure(error, 'vault/changed')) throw error;
        const isLast = attempt === ATTEMPTS;
        if (damage && (isLast || !(await this.#isSourceChanged()))) {
          return await this.#refuse(saved, damage);
        }
        if (isLast) throw error;
        const why = damage ?? (error as AppError);
        const message = `snapshot ${saved.id.slice(0, 8)} is begun anew: ${why.message}`;
        this.#parts.emit({ type: 'notice', message });
        await this.#closeTarget();
        // What was learnt of chunks stays true; where they lie does not.
        if (damage) this.#source = undefined;
        this.#bytesTotal = this.#counts.bytesRead;
      }
    }
  }

  /** A prune moved chunks to other packs since the index was loaded. */
  async #isSourceChanged(): Promise<boolean> {
    const { source, signal } = this.#parts;
    const listed = new Set((await listObjects(source, INDEX_PREFIX, signal)).map(({ key }) => key));
    return this.#sides?.source.index.files.some((key) => !listed.has(key)) ?? false;
  }

  async #refuse({ id }: SavedSnapshot, { message }: AppError): Promise<void> {
    const { source, emit, signal } = this.#parts;
    // Not everything that it planned was moved.
    if (this.#sides) this.#sides.planner = plannerOf(this.#sides);
    this.#bytesTotal = this.#counts.bytesRead;
    const live = await listLiveSnapshots(source, signal);
    if (!live.some((one) => one.id === id)) {
      return emit({ type: 'notice', message: `snapshot ${id} was forgotten meanwhile` });
    }
    this.#counts.failed++;
    emit({
      type: 'problem',
      severity: 'error',
      path: `snapshot ${id}`,
      reason: 'damaged',
      message: `it is not copied: ${message}`,
    });
  }

  async #copy(saved: SavedSnapshot, isAgain: boolean): Promise<void> {
    const { dryRun, emit } = this.#parts;
    const { id, snapshot } = saved;
    const sides = (this.#sides ??= await this.#open(isAgain));
    await this.#learn(saved, sides);
    const plan = await ofSource(sides.planner.plan(snapshot.manifest));
    this.#bytesTotal += plan.storedBytes;
    this.#isScanned = saved === this.#parts.due.at(-1);
    const { host, timeMs, totals } = snapshot;
    const report = { type: 'copied', id, host, timeMs } as const;
    const [chunksRead, bytesRead] = [plan.rows.length, plan.storedBytes];
    if (dryRun) {
      sides.planner.assume(plan);
      this.#counts.copied++;
      this.#counts.chunksRead += chunksRead;
      this.#counts.bytesRead += bytesRead;
      return emit({ ...report, totals, chunksRead, bytesRead, chunksCopied: 0 });
    }
    const chunksCopied = await this.#move(plan, sides);
    const copied = await ofSource(copyManifest(snapshot, sides.source, sides.target));
    await sides.target.sink.finish();
    const newId = await this.#commit(saved, copied, sides);
    this.#settled.add(id);
    this.#counts.copied++;
    emit({ ...report, newId, totals: copied.totals, chunksRead, bytesRead, chunksCopied });
  }

  async #open(isAgain: boolean): Promise<Sides> {
    const { source: from, target: into, signal } = this.#parts;
    if (!this.#source) this.#settled = new Set();
    const source = (this.#source ??= await openCopySource(from, signal));
    const gc = this.#gc ?? (await loadGcForWriting(into, signal));
    this.#gc = undefined;
    const extraChunks = source.index.chunks.count;
    const target = await openCopyTarget(into, { gc, extraChunks, avoidsAll: isAgain, signal });
    return { source, target, planner: plannerOf({ source, target }) };
  }

  async #learn(saved: SavedSnapshot, { source, target }: Sides): Promise<void> {
    const pair = this.#evidence.find(saved);
    if (!pair || this.#settled.has(pair.original.id)) return;
    this.#settled.add(pair.original.id);
    await learnIds(pair, source, target);
  }

  /** @returns how many chunks the other vault did not have */
  async #move({ rows }: ChunkPlan, { source, target }: Sides): Promise<number> {
    const { signal } = this.#parts;
    const counts = this.#counts;
    const before = counts.chunksCopied;
    const onChunk = (storedBytes: number, isNew: boolean): void => {
      counts.chunksRead++;
      counts.bytesRead += storedBytes;
      if (isNew) counts.chunksCopied++;
      this.#report();
    };
    this.#report();
    await ofSource(moveChunks(rows, { source, target, signal, onChunk }));
    return counts.chunksCopied - before;
  }

  #report(): void {
    const { target, due, emit } = this.#parts;
    const now = target.clock();
    if (now - this.#progressMs < PROGRESS_MS) return;
    this.#progressMs = now;
    const { copied, failed, bytesRead } = this.#counts;
    const [done, total] = [copied + failed, due.length];
    const bytes = { bytesDone: bytesRead, bytesTotal: this.#bytesTotal };
    this.#parts.signal.throwIfAborted();
    emit({ type: 'progress', done, total, ...bytes, scanned: this.#isScanned });
  }

  async #commit(
    { id, snapshot }: SavedSnapshot,
    { manifest, totals }: CopiedManifest,
    { target }: Sides,
  ): Promise<string> {
    const { source, there, copies, signal } = this.#parts;
    const { parent, copiedFrom: _, ...rest } = snapshot;
    const newParent = parent === undefined ? undefined : copies.idOfCopy(parent);
    const { forgotten } = there;
    const copy: Snapshot = {
      ...rest,
      manifest,
      totals,
      chain: nextInChain({ snapshots: this.#chain, forgotten }, snapshot.host),
      ...(newParent !== undefined && { parent: newParent }),
      copiedFrom: { vaultId: source.vaultId, id, manifest: toHex(manifest.id) },
    };
    const saved = await commitSnapshot(target.vault, target.view, copy, signal);
    this.#chain.push(saved);
    copies.add(saved);
    this.#counts.bytesStored += saved.bytes.length;
    return saved.id;
  }

  /** What was added, also for snapshots that were refused, is durable then. The vault is opened anew. */
  async #closeTarget(): Promise<void> {
    const sink = this.#sides?.target.sink;
    await sink?.finish();
    this.#counts.bytesStored += sink?.bytesStored ?? 0;
    this.#sides = undefined;
  }
}

function plannerOf({ source, target }: Pick<Sides, 'source' | 'target'>): ChunkPlanner {
  return new ChunkPlanner(source, target.chunks);
}

/** Damage of what is copied from concerns one snapshot; damage of what is copied into, everything. */
class SourceDamage extends Error {
  readonly damage: AppError;

  constructor(damage: AppError) {
    super(damage.message, { cause: damage });
    this.damage = damage;
  }
}

async function ofSource<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isDamage(error) ? new SourceDamage(error) : error;
  }
}
