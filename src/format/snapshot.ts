/**
 * A snapshot: the commit point. Framed JSON in a sealed object, written last.
 * @module
 */
import { fromHex, toHex } from '../base/bytes.ts';
import type { PathKey } from './entry.ts';
import { JsonReader, bytesFromJson, bytesToJson, encodeJson } from './documents/json.ts';
import { MANIFEST_LEVELS_MAX } from './manifest-node.ts';

/** The top node of a manifest. */
export interface ManifestRoot {
  /** Chunk id, 32 bytes. */
  readonly id: Uint8Array;
  readonly level: number;
  readonly entries: number;
}

export interface SnapshotTotals {
  readonly files: number;
  readonly directories: number;
  readonly others: number;
  /** Content of all files. */
  readonly bytes: number;
}

/** What binds a snapshot to its host's previous one, so that a removed or replaced one is noticed. */
export interface SnapshotChain {
  /** 0 for a host's first, then counting up. */
  readonly sequence: number;
  /** Name (32 hex digits) and SHA-256 of the sealed bytes of the previous one; absent for the first. */
  readonly previous?: { readonly id: string; readonly sha256: string };
}

/** Where a snapshot that was copied from another vault comes from. */
export interface CopyOrigin {
  /** 32 hex digits each. */
  readonly vaultId: string;
  readonly id: string;
  /**
   * The chunk id of the copy's own root node, as hex: while `manifest` is the same, nothing was changed since, and
   * what stands at one place in both snapshots is the same content.
   */
  readonly manifest: string;
}

export interface Snapshot {
  readonly timeMs: number;
  readonly host: string;
  readonly user: string;
  /** What was asked for, as path keys. */
  readonly roots: readonly PathKey[];
  readonly tags: readonly string[];
  readonly manifest: ManifestRoot;
  readonly totals: SnapshotTotals;
  readonly chain: SnapshotChain;
  /** The snapshot whose unchanged files were taken over without reading, if any. */
  readonly parent?: string;
  /** Absent where it was made here. */
  readonly copiedFrom?: CopyOrigin;
  readonly program: string;
  /** False where some files could not be read. */
  readonly complete: boolean;
}

const FORMAT_VERSION = 1;
/** The last moment that there is in JavaScript. */
const TIME_MS_MAX = 8_640_000_000_000_000;

export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const { manifest, totals, chain } = snapshot;
  return encodeJson({
    version: FORMAT_VERSION,
    timeMs: snapshot.timeMs,
    host: snapshot.host,
    user: snapshot.user,
    roots: snapshot.roots.map(bytesToJson),
    tags: snapshot.tags,
    manifest: { id: toHex(manifest.id), level: manifest.level, entries: manifest.entries },
    totals,
    chain,
    ...(snapshot.parent !== undefined && { parent: snapshot.parent }),
    ...(snapshot.copiedFrom && { copiedFrom: snapshot.copiedFrom }),
    program: snapshot.program,
    complete: snapshot.complete,
  });
}

/** @throws AppError `format/invalid` */
export function decodeSnapshot(bytes: Uint8Array, what: string): Snapshot {
  const json = JsonReader.parse(bytes, what);
  if (json.count('version') !== FORMAT_VERSION) json.fail('version');
  const complete = json.has('complete') && json.flag('complete');
  const timeMs = json.count('timeMs');
  if (timeMs > TIME_MS_MAX) json.fail('timeMs');
  return {
    timeMs,
    host: json.text('host', 1024),
    user: json.text('user', 1024),
    roots: json.objects('roots').map(bytesFromJson),
    tags: json.texts('tags'),
    manifest: decodeRoot(json.object('manifest')),
    totals: decodeTotals(json.object('totals')),
    chain: decodeChain(json.object('chain')),
    ...(json.has('parent') && { parent: json.text('parent', 64) }),
    ...(json.has('copiedFrom') && { copiedFrom: decodeOrigin(json.object('copiedFrom')) }),
    program: json.text('program', 256),
    complete,
  };
}

function decodeRoot(json: JsonReader): ManifestRoot {
  const level = json.count('level');
  if (level > MANIFEST_LEVELS_MAX) json.fail('manifest level');
  return { id: json.hex('id', 32), level, entries: json.count('entries') };
}

function decodeOrigin(json: JsonReader): CopyOrigin {
  const [vaultId, id] = [json.hex('vaultId', 16), json.hex('id', 16)];
  return {
    vaultId: toHex(vaultId),
    id: toHex(id),
    manifest: toHex(json.hex('manifest', 32)),
  };
}

function decodeTotals(json: JsonReader): SnapshotTotals {
  const [files, directories] = [json.count('files'), json.count('directories')];
  return { files, directories, others: json.count('others'), bytes: json.count('bytes') };
}

function decodeChain(json: JsonReader): SnapshotChain {
  const sequence = json.count('sequence');
  if (!json.has('previous')) return { sequence };
  const previous = json.object('previous');
  const [id, sha256] = [previous.text('id', 32), previous.text('sha256', 64)];
  if (!fromHex(id, 16) || !fromHex(sha256, 32)) json.fail('chain');
  return { sequence, previous: { id, sha256 } };
}
