/**
 * The walk thread: goes through the file system in path order alongside the parent's manifest, and turns
 * what it sees into batches. Synchronous; sleeps where it is too far ahead of the others.
 * @module
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { compareBytes } from '../../../base/bytes.ts';
import { assert } from '../../../base/failure.ts';
import { createPathCutter } from '../../../chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../crypto/derive.ts';
import { importVaultKeys } from '../../../crypto/vault-keys.ts';
import { displayPath, toPathKey } from '../../../files/path.ts';
import { createSelector } from '../../../files/select/selector.ts';
import { loadXattrReader } from '../../../files/walk/read-xattrs.ts';
import { walk } from '../../../files/walk/walk.ts';
import type { Entry } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { ChunkTable } from '../../../vault/index/chunk-table.ts';
import type { FileProblem, PathReport } from '../../events.ts';
import type { WalkMessage, WalkSetup } from '../messages.ts';
import { Counter } from '../messages.ts';
import { packFailure } from '../sent-failure.ts';
import type { FinishedBatch } from './batch-builder.ts';
import { BatchBuilder } from './batch-builder.ts';
import { BATCHES_AHEAD, WalkControl } from './walk-control.ts';
import { ParentCursor, isUnchanged } from './parent-cursor.ts';

const ID_BYTES = 32;
/** Messages about single paths are sent in groups of this many. */
const GROUP = 256;

class WalkThread {
  readonly #setup: WalkSetup;
  readonly #port: MessagePort;
  readonly #control: WalkControl;
  readonly #counters: Float64Array;
  readonly #chunks: ChunkTable;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;
  readonly #builder: BatchBuilder;
  readonly #parent: ParentCursor | undefined;
  /** The first root in path order, until the walk has reached it. */
  #firstRoot: Uint8Array | undefined;
  #problems: FileProblem[] = [];
  #paths: PathReport[] = [];

  constructor(setup: WalkSetup, port: MessagePort) {
    this.#setup = setup;
    this.#port = port;
    this.#control = new WalkControl(setup.control);
    this.#counters = new Float64Array(setup.counters);
    this.#chunks = ChunkTable.attach(setup.chunks);
    const dedup = deriveDedupKeys(importVaultKeys(setup.keys).dedupKey);
    this.#identify = createChunkIdentifier(dedup.chunkId);
    const startsNode = dedup.manifestCut.use((key) => createPathCutter(Uint8Array.from(key)));
    this.#builder = new BatchBuilder(startsNode, (batch) => this.#hand(batch));
    if (setup.hasParent) this.#parent = new ParentCursor(() => this.#nextParentNode());
  }

  run(): void {
    const { roots, exclude, include, ...options } = this.#setup;
    const keys = roots.map((root) => toPathKey(root)).sort(compareBytes);
    const selector = createSelector({ exclude, include, roots: keys });
    this.#firstRoot = keys[0];
    const reportExcluded = options.reportPaths;
    const xattrs = loadXattrReader();
    if (!xattrs) {
      const message = 'extended attributes and ACLs are not saved: @napi-rs/xattr is not installed';
      this.#send({ type: 'notice', message });
    }
    for (const item of walk({ roots, selector, reportExcluded, xattrs, ...options })) {
      if (item.kind === 'entry') this.#take(item.entry);
      else if (item.kind === 'excluded') this.#report('excluded', item.path, 0);
      else {
        const { path, ...problem } = item.problem;
        this.#problems.push({ type: 'problem', ...problem, path: displayPath(path) });
        if (this.#problems.length >= GROUP) this.#sendReports();
      }
    }
    this.#builder.flush();
    this.#sendReports();
    this.#send({ type: 'end' });
  }

  #take(entry: Entry): void {
    this.#separateAncestors(entry.path);
    const before = this.#parent?.at(entry.path);
    if (entry.type !== EntryType.file) {
      if (this.#setup.reportPaths) this.#report(before ? 'unmodified' : 'new', entry.path, 0);
      if (!this.#setup.dryRun) this.#builder.add(entry, false);
      return;
    }
    this.#count(Counter.filesFound, 1);
    this.#count(Counter.bytesFound, entry.size);
    const isSame = before !== undefined && isUnchanged(entry, before) && this.#isStored(before);
    if (isSame) {
      entry.content = before.content;
      entry.contentDepth = before.contentDepth;
      this.#count(Counter.filesUnmodified, 1);
      this.#count(Counter.bytesUnmodified, entry.size);
    } else {
      this.#count(before ? Counter.filesChanged : Counter.filesNew, 1);
    }
    if (this.#setup.reportPaths) {
      const action = isSame ? 'unmodified' : before ? 'changed' : 'new';
      this.#report(action, entry.path, entry.size);
    }
    if (this.#setup.dryRun) return;
    // An empty file has nothing to read.
    this.#builder.add(entry, !isSame && entry.size > 0, before !== undefined);
  }

  /**
   * The folders above the roots change whenever anything beside the roots does (think of `/tmp`): they get a
   * node of their own, so that this costs next to nothing.
   */
  #separateAncestors(path: Uint8Array): void {
    if (this.#firstRoot === undefined || compareBytes(path, this.#firstRoot) < 0) return;
    this.#firstRoot = undefined;
    this.#builder.flush();
  }

  /** A file whose chunks the vault lost is read again: so a later backup heals it. */
  #isStored(before: Entry): boolean {
    for (let at = 0; at < before.content.length; at += ID_BYTES) {
      if (this.#chunks.find(before.content, at) < 0) return false;
    }
    if (before.contentDepth === 0) return true;
    const lists = new Uint8Array(before.content);
    return this.#control.waitForAnswer(() => this.#send({ type: 'lists', lists }));
  }

  #hand(batch: FinishedBatch): void {
    this.#control.waitForRoom();
    const { node, reads, changed, summary, largestReadBytes, readBytes } = batch;
    if (reads.length > 0) {
      const walked = { node, reads, changed, largestReadBytes, readBytes };
      this.#send({ type: 'batch', ...walked }, [node.buffer, reads.buffer]);
      return;
    }
    const id = new Uint8Array(this.#identify(node));
    if (this.#chunks.find(id) >= 0) this.#send({ type: 'node', summary, id });
    else this.#send({ type: 'store', summary, node }, [node.buffer]);
  }

  #nextParentNode(): Uint8Array | undefined {
    this.#control.waitForParent(() => this.#send({ type: 'parent' }));
    const received = receiveMessageOnPort(this.#port);
    assert(received, 'a parent node was announced');
    return (received.message as { node: Uint8Array | undefined }).node;
  }

  #report(action: PathReport['action'], path: Uint8Array, sizeBytes: number): void {
    this.#paths.push({ type: 'path', action, path: displayPath(path), sizeBytes });
    if (this.#paths.length >= GROUP) this.#sendReports();
  }

  #sendReports(): void {
    if (this.#problems.length > 0) this.#send({ type: 'problems', problems: this.#problems });
    if (this.#paths.length > 0) this.#send({ type: 'paths', paths: this.#paths });
    this.#problems = [];
    this.#paths = [];
  }

  #count(counter: number, by: number): void {
    this.#counters[counter] = (this.#counters[counter] ?? 0) + by;
  }

  #send(message: WalkMessage, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

assert(parentPort, 'this file is run as a worker thread');
assert(BATCHES_AHEAD > 0, 'the walk may be ahead');
try {
  new WalkThread(workerData as WalkSetup, parentPort).run();
} catch (error) {
  parentPort.postMessage({ type: 'failed', error: packFailure(error) } satisfies WalkMessage);
}
