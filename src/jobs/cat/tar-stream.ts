/**
 * Turns entries of a snapshot into a tar archive, as a sequence of pieces: bytes that are there, and ids of
 * chunks that have to be loaded. So whoever runs it decides how far to load ahead.
 * @module
 */
import { concatBytes } from '../../base/bytes.ts';
import { displayPath } from '../../files/path.ts';
import { AppError } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import { LinkGroups } from '../restore/plan/link-groups.ts';
import type { TarMember } from './tar-header.ts';
import { TAR_BLOCK_BYTES, TarType, encodeTarHeader, tarPadding } from './tar-header.ts';

const ID_BYTES = 32;
/** Archives end with two blocks of zeros, and are a multiple of this long. */
const RECORD_BYTES = 20 * TAR_BLOCK_BYTES;

export type TarPiece =
  { readonly bytes: Uint8Array } | { readonly chunk: Uint8Array; readonly file: Entry };

export interface TarSource {
  readonly entries: AsyncIterable<Entry>;
  contentIds(entry: Entry): AsyncIterable<Uint8Array>;
  /** How much of a path is left out in the archive: bytes of its start. */
  readonly skipBytes: number;
}

/**
 * Sockets have no place in an archive and are left out. Further names of a file become hard links.
 */
export async function* tarPieces(source: TarSource): AsyncGenerator<TarPiece> {
  const links = new LinkGroups();
  let total = 0;
  for await (const entry of source.entries) {
    const name = entry.path.subarray(source.skipBytes);
    if (entry.type === EntryType.socket || name.length === 0) continue;
    const earlier = links.earlierName(entry);
    if (!earlier) links.begin(entry, name);
    const header = encodeTarHeader(memberOf(entry, name, earlier));
    total += header.length;
    yield { bytes: header };
    if (entry.type !== EntryType.file || earlier) continue;
    yield* contentPieces(source, entry);
    const padding = tarPadding(entry.size);
    total += entry.size + padding;
    if (padding > 0) yield { bytes: new Uint8Array(padding) };
  }
  const end = 2 * TAR_BLOCK_BYTES;
  const rest = (RECORD_BYTES - ((total + end) % RECORD_BYTES)) % RECORD_BYTES;
  yield { bytes: new Uint8Array(end + rest) };
}

async function* contentPieces(source: TarSource, file: Entry): AsyncGenerator<TarPiece> {
  if (file.size > 0 && file.content.length === 0) {
    throw new AppError('format/invalid', `${displayPath(file.path)} has lost its list of chunks`);
  }
  for await (const ids of source.contentIds(file)) {
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      yield { chunk: ids.subarray(at, at + ID_BYTES), file };
    }
  }
}

const TYPES: Readonly<Record<Exclude<EntryType, typeof EntryType.socket>, TarType>> = {
  [EntryType.file]: TarType.file,
  [EntryType.directory]: TarType.directory,
  [EntryType.symlink]: TarType.symlink,
  [EntryType.fifo]: TarType.fifo,
  [EntryType.charDevice]: TarType.charDevice,
  [EntryType.blockDevice]: TarType.blockDevice,
};

const NOTHING = new Uint8Array(0);
const SLASH = Uint8Array.of(0x2f);

function memberOf(entry: Entry, name: PathKey, earlier: PathKey | undefined): TarMember {
  if (entry.type === EntryType.socket) {
    throw new AppError('internal', `a socket cannot be in an archive: ${displayPath(entry.path)}`);
  }
  const isFolder = entry.type === EntryType.directory;
  const isFile = entry.type === EntryType.file && !earlier;
  return {
    name: isFolder ? concatBytes([slashed(name), SLASH]) : slashed(name),
    type: earlier ? TarType.hardlink : TYPES[entry.type],
    linkName: earlier
      ? slashed(earlier)
      : entry.type === EntryType.symlink
        ? entry.target
        : NOTHING,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    user: entry.user,
    group: entry.group,
    sizeBytes: isFile ? entry.size : 0,
    mtimeSec: entry.mtimeSec,
    mtimeNs: entry.mtimeNs,
    major: entry.rdevMajor,
    minor: entry.rdevMinor,
    xattrs: earlier ? [] : entry.xattrs,
  };
}

function slashed(path: PathKey): Uint8Array {
  return path.map((byte) => (byte === 0 ? 0x2f : byte));
}
