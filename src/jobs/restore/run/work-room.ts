/**
 * What a restore worker does, synchronously: opens segments, checks chunks, writes files.
 * @module
 */
import { closeSync, constants, openSync } from 'node:fs';
import { compareBytes } from '../../../base/bytes.ts';
import { AppError, assert, isDamage, messageOf, systemCode } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';
import { releaseBytes } from '../../../base/release-bytes.ts';
import { createChunkIdentifier } from '../../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../crypto/derive.ts';
import { ObjectKind } from '../../../crypto/sealed/header.ts';
import { ObjectOpener } from '../../../crypto/sealed/open.ts';
import { importVaultKeys, openContext } from '../../../crypto/vault-keys.ts';
import type { VaultKeys } from '../../../crypto/vault-keys.ts';
import { EntryType } from '../../../format/entry.ts';
import { ChunkDecompressor } from '../../../format/compress.ts';
import { describeErrno } from '../../../files/errno.ts';
import { readFully } from '../../../files/read/read-fully.ts';
import { FileWriter } from '../../../files/restore/file-writer.ts';
import type { MetadataProblem } from '../../../files/restore/metadata/metadata-writer.ts';
import { MetadataWriter } from '../../../files/restore/metadata/metadata-writer.ts';
import { loadNativeCalls } from '../../../files/restore/metadata/native-calls.ts';
import { placeSpecial } from '../../../files/restore/make-special.ts';
import { Stretch } from '../../../files/restore/stretch.ts';
import { TargetTree } from '../../../files/restore/target-tree.ts';
import { ChunkTable } from '../../../vault/index/chunk-table.ts';
import { PlainStretch } from '../../../vault/pack/plain-stretch.ts';
import type { RestoreItem } from '../plan/item-table.ts';
import type { WindowView } from '../plan/window.ts';
import type { OpenFiles } from './open-files.ts';
import { OpenWindow } from './open-window.ts';
import type {
  Command,
  ItemProblem,
  MakeCommand,
  RangeCommand,
  Reply,
  WorkerStart,
} from './messages.ts';

const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Smaller ones are often read again soon. */
const LARGE_FILE_BYTES = 8 * MiB;

/** Every further file would meet the same. */
const HOPELESS = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** Collects the reply to one command. */
class ReplyDraft implements Reply {
  readonly problems: ItemProblem[] = [];
  readonly made: number[] = [];
  bytesWritten = 0;
  bytesVerified = 0;
}

export class WorkRoom {
  readonly #keys: VaultKeys;
  readonly #chunks: ChunkTable;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;
  readonly #tree: TargetTree;
  readonly #metadata: MetadataWriter;
  readonly #writer: FileWriter;
  /** By number: the one at hand, and for a while the one before. */
  readonly #windows = new Map<number, OpenWindow>();
  readonly #decompressor = new ChunkDecompressor();
  /** Chunks of one large file that are not written yet. */
  readonly #stretch = new Stretch();
  #stretchItem = -1;
  #stretchChunks = 0;
  /** What the command is about. */
  #at: OpenWindow | undefined;
  #draft = new ReplyDraft();
  #readBuffer = Buffer.alloc(0);

  constructor(start: WorkerStart) {
    this.#keys = importVaultKeys(start.keys);
    this.#chunks = ChunkTable.attach(start.chunks);
    using dedupKeys = deriveDedupKeys(this.#keys.dedupKey);
    this.#identify = createChunkIdentifier(dedupKeys.chunkId);
    this.#tree = new TargetTree({ path: Buffer.from(start.root.path), fd: start.root.fd });
    const { owner, identity } = start;
    this.#metadata = new MetadataWriter({ owner, identity, native: loadNativeCalls() });
    this.#writer = new FileWriter(this.#tree, this.#metadata);
  }

  /** Does what it is told and says how it went. It throws only where we are wrong. */
  run(command: Command): Reply {
    this.#draft = new ReplyDraft();
    if (command.kind === 'window') {
      const { window } = command;
      // What is still to come of the window before opens its files again: else there would be twice as many.
      for (const { files } of this.#windows.values()) files.close();
      this.#windows.set(window.number, new OpenWindow(window, this.#writer));
      return this.#draft;
    }
    this.#at = this.#windows.get(command.window);
    switch (command.kind) {
      case 'done':
        this.#files.close();
        this.#windows.delete(command.window);
        break;
      case 'make':
        this.#make(command);
        break;
      case 'check':
        this.#check(command.from, command.to);
        break;
      case 'verify':
        this.#verify(command.from, command.to);
        break;
      case 'range':
        this.#writeRange(command);
        break;
    }
    return this.#draft;
  }

  close(): void {
    for (const { files } of this.#windows.values()) files.close();
    this.#tree.close();
  }

  get #open(): OpenWindow {
    assert(this.#at !== undefined, 'a window has begun');
    return this.#at;
  }

  get #window(): WindowView {
    return this.#open.view;
  }

  get #files(): OpenFiles {
    return this.#open.files;
  }

  #item(n: number): RestoreItem {
    return this.#open.items.item(n);
  }

  #make(command: MakeCommand): void {
    for (const n of command.list) {
      const item = this.#item(n);
      this.#guard(n, () => {
        if (item.type !== EntryType.file) {
          this.#note(n, placeSpecial(this.#tree, item, this.#metadata));
          this.#draft.made.push(n);
        } else if (item.size === 0 && !item.inPlace) {
          this.#note(n, this.#writer.writeWhole(item, new Uint8Array(0)));
          this.#draft.made.push(n);
        } else {
          this.#finish(n, item);
        }
      });
    }
  }

  #writeRange(command: RangeCommand): void {
    const { content, from, to } = command;
    if (!content) {
      for (let at = from; at < to; at++) this.#lose(at, command.failure);
      return;
    }
    let opener: ObjectOpener;
    try {
      const kind = command.room === 'meta' ? ObjectKind.metaPack : ObjectKind.dataPack;
      const context = openContext(this.#keys);
      const expected = { kind, name: command.pack };
      opener = new ObjectOpener(context, content.header, expected, command.sealedBytes);
    } catch (error) {
      if (!isDamage(error)) throw error;
      for (let at = from; at < to; at++) this.#lose(at, error.message);
      return;
    }
    try {
      this.#writeChunks(new PlainStretch(opener, command.firstSegment, content.sealed), from, to);
      this.#writeStretch();
    } finally {
      // Where the disk takes no more, what is left of one window's file must not get into another's.
      this.#dropStretch();
      opener[Symbol.dispose]();
      releaseBytes(content.sealed);
    }
  }

  /** Each chunk once, to all places that want it: they are neighbours in the order. */
  #writeChunks(plain: PlainStretch, from: number, to: number): void {
    const { order, rows } = this.#window;
    for (let at = from; at < to;) {
      const row = rows[order[at] ?? 0] ?? 0;
      let end = at + 1;
      while (end < to && rows[order[end] ?? 0] === row) end++;
      let chunk: Uint8Array;
      try {
        chunk = this.#openChunk(plain, row);
      } catch (error) {
        if (!isDamage(error)) throw error;
        for (; at < end; at++) this.#lose(at, error.message);
        continue;
      }
      for (; at < end; at++) this.#writeChunk(order[at] ?? 0, chunk);
    }
  }

  /** @returns memory that stays as it is until the next call @throws AppError `object/…`, `chunk/…` */
  #openChunk(plain: PlainStretch, row: number): Uint8Array {
    const chunks = this.#chunks;
    const stored = plain.read(chunks.offsetOf(row), chunks.storedBytesOf(row));
    const raw = this.#decompressor.decompress(chunks.codecOf(row), stored, chunks.rawBytesOf(row));
    if (compareBytes(this.#identify(raw), chunks.idOf(row)) !== 0)
      throw new AppError('chunk/mismatch', 'a chunk is damaged: it is not what it should be');
    return raw;
  }

  #writeChunk(need: number, chunk: Uint8Array): void {
    const { itemOf, positions, failed } = this.#window;
    const n = itemOf[need] ?? 0;
    const item = this.#item(n);
    const position = positions[need] ?? 0;
    if (isWhole(item, chunk)) {
      this.#guard(n, () => {
        this.#note(n, this.#writer.writeWhole(item, chunk));
        this.#draft.bytesWritten += chunk.length;
        this.#draft.made.push(n);
      });
      return;
    }
    if (goesPastCache(item) && this.#gather(n, chunk, position)) return;
    this.#guard(n, () => {
      if (Atomics.load(failed, n) === 1) return;
      const { fd } = this.#files.get(n, item);
      this.#writer.write(item, fd, chunk, position);
      this.#draft.bytesWritten += chunk.length;
    });
    this.#settle(n, 1);
  }

  /** @returns false where the chunk is too long for that */
  #gather(n: number, chunk: Uint8Array, position: number): boolean {
    if (this.#stretchItem !== n || !this.#stretch.add(chunk, position)) {
      this.#writeStretch();
      if (!this.#stretch.add(chunk, position)) return false;
    }
    this.#stretchItem = n;
    this.#stretchChunks++;
    return true;
  }

  #writeStretch(): void {
    const { bytes, position } = this.#stretch;
    const [n, chunks] = [this.#stretchItem, this.#stretchChunks];
    this.#dropStretch();
    if (chunks === 0) return;
    this.#guard(n, () => {
      if (Atomics.load(this.#window.failed, n) === 1) return;
      this.#files.get(n, this.#item(n)).write(bytes, position);
      this.#draft.bytesWritten += bytes.length;
    });
    this.#settle(n, chunks);
  }

  #dropStretch(): void {
    this.#stretch.clear();
    [this.#stretchItem, this.#stretchChunks] = [-1, 0];
  }

  /** So many chunks of an item are written, or cannot be had: whoever sees to the last one finishes it. */
  #settle(n: number, chunks: number): void {
    if (Atomics.sub(this.#window.left, n, chunks) !== chunks) return;
    this.#guard(n, () => this.#finish(n, this.#item(n)));
  }

  /** All that was wanted of an item in this window is there, or is known to be lost. */
  #finish(n: number, item: RestoreItem): void {
    try {
      if (!item.ends) return;
      if (Atomics.load(this.#window.failed, n) === 1) {
        this.#writer.discard(item);
        return;
      }
      const file = this.#files.get(n, item);
      // A network's file system may set the time of what was written when it is closed.
      file.close();
      this.#note(n, this.#writer.finish(item, file.fd));
      this.#draft.made.push(n);
    } finally {
      this.#files.drop(n);
    }
  }

  /** The chunk at `order[at]` cannot be had. */
  #lose(at: number, message: string): void {
    const { order, itemOf } = this.#window;
    const n = itemOf[order[at] ?? 0] ?? 0;
    this.#fail(n, 'damaged', message);
    this.#settle(n, 1);
  }

  #fail(n: number, reason: string, message: string): void {
    if (Atomics.exchange(this.#window.failed, n, 1) === 1) return;
    this.#draft.problems.push({ item: n, severity: 'error', reason, message, failed: true });
  }

  /**
   * What goes wrong with one file on the disk concerns that file only, unless no file could do
   * better.
   */
  #guard(n: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      const isOurs = error instanceof AppError;
      if (!isOurs && systemCode(error) === '') throw error;
      if (HOPELESS.has(systemCode(error)))
        throw new AppError('files/write', `the target cannot take more: ${describeErrno(error)}`);
      const reason = isOurs && error.code === 'files/unsafe' ? 'unsafe' : 'write';
      const detail = isOurs ? error.detail['reason'] : undefined;
      const message = isOurs ? messageOf(error) : describeErrno(error);
      this.#fail(n, typeof detail === 'string' ? detail : reason, message);
    }
  }

  #note(n: number, problems: readonly MetadataProblem[]): void {
    for (const problem of problems)
      this.#draft.problems.push({ item: n, failed: false, ...problem });
  }

  #check(from: number, to: number): void {
    const { itemOf, have } = this.#window;
    for (let need = from; need < to; need++) {
      const n = itemOf[need] ?? 0;
      const item = this.#item(n);
      if (!item.check) continue;
      this.#guard(n, () => {
        if (this.#isOnDisk(need, this.#files.get(n, item).fd)) have[need] = 1;
      });
    }
    this.#files.close();
  }

  #verify(from: number, to: number): void {
    const { itemOf, failed, rows } = this.#window;
    let open: { n: number; fd: number } | undefined;
    for (let need = from; need < to; need++) {
      const n = itemOf[need] ?? 0;
      if (Atomics.load(failed, n) === 1) continue;
      this.#guard(n, () => {
        if (open?.n !== n) {
          if (open) closeSync(open.fd);
          open = undefined;
          open = { n, fd: this.#openToVerify(this.#item(n)) };
        }
        if (this.#isOnDisk(need, open.fd))
          this.#draft.bytesVerified += this.#chunks.rawBytesOf(rows[need] ?? 0);
        else this.#fail(n, 'verify', 'what is on the disk is not what the snapshot has');
      });
    }
    if (open) closeSync(open.fd);
  }

  /** A file that goes on in the next window still has its part name. */
  #openToVerify(item: RestoreItem): number {
    if (!item.ends) return this.#writer.open(item);
    return openSync(this.#tree.place(item.path).path, READ_ONLY);
  }

  #isOnDisk(need: number, fd: number): boolean {
    const { rows, positions } = this.#window;
    const row = rows[need] ?? 0;
    const length = this.#chunks.rawBytesOf(row);
    if (this.#readBuffer.length < length) this.#readBuffer = Buffer.allocUnsafeSlow(length);
    const content = this.#readBuffer.subarray(0, length);
    if (readFully(fd, content, positions[need] ?? 0) !== length) return false;
    return compareBytes(this.#identify(content), this.#chunks.idOf(row)) === 0;
  }
}

/** Into old content, and around holes, writing is another matter. */
function goesPastCache({ size, sparse, inPlace }: RestoreItem): boolean {
  return size >= LARGE_FILE_BYTES && !sparse && !inPlace;
}

/** Its one chunk is its content, and nothing of it is on the disk. */
function isWhole(item: RestoreItem, chunk: Uint8Array): boolean {
  return chunk.length === item.size && !item.inPlace && !item.check && !item.continued;
}
