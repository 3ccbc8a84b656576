/**
 * Writes what is in a snapshot to a stream: a file as it was, or a folder as a tar archive.
 * @module
 */
import { AppError } from '../base/failure.ts';
import { mapConcurrent } from '../base/flow.ts';
import { displayPath, parentOf, printable } from '../files/path.ts';
import type { Entry, PathKey } from '../format/entry.ts';
import { EntryType } from '../format/entry.ts';
import type { SavedSnapshot } from '../vault/snapshots.ts';
import type { Vault } from '../vault/vault.ts';
import type { TarPiece } from './cat/tar-stream.ts';
import { tarPieces } from './cat/tar-stream.ts';
import { findEntry } from './inspect/find-entry.ts';
import type { OpenedSnapshot, ReadableIndex } from './inspect/open-snapshot.ts';
import { openSnapshot } from './inspect/open-snapshot.ts';

/** Chunks loaded ahead of the reader: with the longest chunks, about 100 MB. */
const CHUNKS_AHEAD = 12;
const ID_BYTES = 32;

export interface CatOptions {
  readonly signal?: AbortSignal;
  /** Where it is loaded already. */
  readonly index?: ReadableIndex;
}

/**
 * The content of a file, in order, every piece verified. The pieces are not to be changed.
 * @throws AppError `snapshot/path` where there is no file at the path; `chunk/…`, `object/…`, `store/…`,
 *   `format/invalid` where the content is not as long as it was
 */
export async function* catFile(
  vault: Vault,
  snapshot: SavedSnapshot,
  path: PathKey,
  options: CatOptions = {},
): AsyncGenerator<Uint8Array> {
  if (path.length === 0) throw noFile(path, 'a folder', 'with --tar it is written as an archive');
  const opened = await openSnapshot(vault, snapshot, options.signal, options.index);
  const entry = await findEntry(opened, path);
  assertFile(entry);
  const length = new LengthCheck(entry);
  const load = (id: Uint8Array) => opened.content.load(id);
  for await (const chunk of mapConcurrent(chunkIds(opened, entry), CHUNKS_AHEAD, load)) {
    length.add(chunk.length);
    yield chunk;
  }
  length.end();
}

/**
 * A tar archive (ustar with pax extensions) of a folder and everything in it, or of the single entry at that
 * path. Names in it start with the folder's own; at the top, with the folders there. Sockets are left
 * out, holes are written as zeros.
 * @param path empty: everything saved
 * @throws AppError as `catFile`; the archive ends there
 */
export async function* tarFolder(
  vault: Vault,
  snapshot: SavedSnapshot,
  path: PathKey,
  options: CatOptions = {},
): AsyncGenerator<Uint8Array> {
  const opened = await openSnapshot(vault, snapshot, options.signal, options.index);
  const { reader, content } = opened;
  if (path.length > 0) await findEntry(opened, path);
  const above = parentOf(path)?.length ?? 0;
  const pieces = tarPieces({
    entries: reader.entries({ inside: path }),
    contentIds: (entry) => reader.contentIds(entry),
    skipBytes: above === 0 ? 0 : above + 1,
  });
  const load = async (piece: TarPiece): Promise<LoadedPiece> =>
    'bytes' in piece ? piece : { file: piece.file, bytes: await content.load(piece.chunk) };
  let length: LengthCheck | undefined;
  for await (const { file, bytes } of mapConcurrent(pieces, CHUNKS_AHEAD, load)) {
    if (length && file !== length.file) {
      length.end();
      length = undefined;
    }
    if (file) {
      length ??= new LengthCheck(file);
      length.add(bytes.length);
    }
    yield bytes;
  }
}

interface LoadedPiece {
  readonly bytes: Uint8Array;
  /** The file whose content it is. */
  readonly file?: Entry;
}

async function* chunkIds({ reader }: OpenedSnapshot, entry: Entry): AsyncGenerator<Uint8Array> {
  for await (const ids of reader.contentIds(entry)) {
    for (let at = 0; at < ids.length; at += ID_BYTES) yield ids.subarray(at, at + ID_BYTES);
  }
}

/** A reader of a stream cannot tell that it lacks something: so the lengths have to agree. */
class LengthCheck {
  readonly file: Entry;
  #left: number;

  constructor(file: Entry) {
    this.file = file;
    this.#left = file.size;
  }

  add(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) this.#fail('longer');
  }

  end(): void {
    if (this.#left !== 0) this.#fail('shorter');
  }

  #fail(what: string): never {
    const path = displayPath(this.file.path);
    const message = `the content of ${path} is ${what} than the snapshot says`;
    throw new AppError('format/invalid', message, { hint: 'run `cybs3 check`' });
  }
}

const KINDS: Readonly<Record<EntryType, string>> = {
  [EntryType.file]: 'a file',
  [EntryType.directory]: 'a folder',
  [EntryType.symlink]: 'a symbolic link',
  [EntryType.fifo]: 'a FIFO',
  [EntryType.socket]: 'a socket',
  [EntryType.charDevice]: 'a character device',
  [EntryType.blockDevice]: 'a block device',
};

function assertFile(entry: Entry): void {
  const { type, path, target } = entry;
  if (type === EntryType.file) return;
  const hint =
    type === EntryType.directory
      ? 'with --tar it is written as an archive'
      : type === EntryType.symlink
        ? `it points to ${printable(Buffer.from(target).toString('utf8'))}`
        : undefined;
  throw noFile(path, KINDS[type], hint);
}

function noFile(path: PathKey, kind: string, hint: string | undefined): AppError {
  const message = `${displayPath(path)} is ${kind}, not a file`;
  return new AppError('snapshot/path', message, hint === undefined ? {} : { hint });
}
