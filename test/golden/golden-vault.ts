/**
 * Golden vaults: whole vaults in the form of format v1, written once and never again. A file holds the objects, what
 * has to be read from them, and what a check has to say. A broken one is a good one with a few objects changed.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import type { StorableBytes } from '../../src/base/brand.ts';
import { toHex } from '../../src/base/bytes.ts';
import { isDamage, isFailure } from '../../src/base/failure.ts';
import { EntryType } from '../../src/format/entry.ts';
import type { Entry } from '../../src/format/entry.ts';
import { check } from '../../src/jobs/check.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { ChunkLoader } from '../../src/vault/chunk-loader.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import { ManifestReader } from '../../src/vault/manifest/manifest-reader.ts';
import { loadSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** Path key as hex, type, mode, size, and: SHA-256 of a file, hex of a link's target; or why it cannot be had. */
export type GoldenRow = readonly [string, number, number, number, string];

export interface GoldenSnapshot {
  readonly id: string;
  readonly host: string;
  readonly timeMs: number;
  readonly rows: readonly GoldenRow[];
}

/** `reason subject`, and what it affects. */
export type GoldenFinding = readonly [string, readonly string[]];

export interface GoldenVault {
  readonly comment: string;
  readonly words: string;
  readonly passphrase?: string;
  /** The good vault that this is, but for `objects`. */
  readonly of?: string;
  /** Key to base64; `null` for an object that is gone. */
  readonly objects: Readonly<Record<string, string | null>>;
  readonly snapshots: readonly GoldenSnapshot[];
  readonly findings: readonly GoldenFinding[];
}

const FOLDER = new URL('./vaults/', import.meta.url);

export function goldenNames(): string[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return files.map((name) => name.slice(0, -'.json'.length)).sort();
}

export const goldenFile = (name: string): URL => new URL(`${name}.json`, FOLDER);

export function readGolden(name: string): GoldenVault {
  return JSON.parse(readFileSync(goldenFile(name), 'utf8')) as GoldenVault;
}

/** All objects, those of the good vault behind a broken one included. */
export function objectsOf(golden: GoldenVault): Map<string, Uint8Array> {
  const objects = golden.of === undefined ? new Map() : objectsOf(readGolden(golden.of));
  for (const [key, base64] of Object.entries(golden.objects)) {
    if (base64 === null) objects.delete(key);
    else objects.set(key, new Uint8Array(Buffer.from(base64, 'base64')));
  }
  return objects;
}

export async function storeOf(golden: GoldenVault): Promise<MemoryStore> {
  const store = new MemoryStore({ clock: () => Date.UTC(2030, 0) });
  await fill(store, objectsOf(golden));
  return store;
}

export async function fill(
  store: ObjectStore,
  objects: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [key, bytes] of objects) await store.put(key, bytes as StorableBytes);
}

/** What can be had of a snapshot. */
export async function rowsOf(vault: Vault, id: string): Promise<GoldenRow[]> {
  const index = await loadIndex(vault, { onDamage: () => undefined });
  const loader = new ChunkLoader(vault, index, { cacheBytes: 1 << 24 });
  const { snapshot } = await loadSnapshot(vault, id);
  const reader = new ManifestReader(loader, snapshot.manifest);
  reader.onDamage = () => undefined;
  const rows: GoldenRow[] = [];
  try {
    for await (const entry of reader.entries()) {
      const { path, type, mode, size } = entry;
      rows.push([toHex(path), type, mode, size, await contentOf(entry, reader, loader)]);
    }
  } catch (error) {
    if (!isFailure(error, 'store/not-found')) throw error;
  }
  return rows;
}

/** What a check that reads everything has to say about it. */
export async function findingsOf(vault: Vault): Promise<GoldenFinding[]> {
  const findings: GoldenFinding[] = [];
  for await (const event of check(vault, { readData: 'all' })) {
    if (event.type !== 'finding') continue;
    findings.push([`${event.reason} ${event.subject}`, (event.affects ?? []).toSorted()]);
  }
  return findings.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function contentOf(
  entry: Entry,
  reader: ManifestReader,
  loader: ChunkLoader,
): Promise<string> {
  if (entry.type === EntryType.symlink) return toHex(entry.target);
  if (entry.type !== EntryType.file) return '';
  const hash = createHash('sha256');
  try {
    for await (const ids of reader.contentIds(entry)) {
      for (let at = 0; at < ids.length; at += 32) {
        hash.update(await loader.load(ids.subarray(at, at + 32)));
      }
    }
    return hash.digest('hex');
  } catch (error) {
    if (isDamage(error) || isFailure(error, 'store/not-found')) return 'lost';
    throw error;
  }
}
