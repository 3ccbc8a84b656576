/**
 * Made the golden vaults: run by hand (`node test/golden/make-golden-vaults.ts`), it writes those that are not there
 * (run prettier over them).
 * They are frozen: to need another one under an old name means that the format has changed.
 * @module
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../src/base/bytes.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { listSnapshots } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { WORDS, keysUnder, random, tickingClock } from '../support/test-vault.ts';
import type { GoldenSnapshot, GoldenVault } from './golden-vault.ts';
import { findingsOf, goldenFile, objectsOf, readGolden, rowsOf, storeOf } from './golden-vault.ts';
import { BROKEN_RECIPES } from './recipes/broken.ts';
import { GOOD_RECIPES } from './recipes/good.ts';

const source = join(tmpdir(), 'golden');

async function snapshotsOf(vault: Vault): Promise<GoldenSnapshot[]> {
  const all = await listSnapshots(vault);
  const rows: GoldenSnapshot[] = [];
  for (const { id, snapshot } of all) {
    const { host, timeMs } = snapshot;
    rows.push({ id, host, timeMs, rows: await rowsOf(vault, id) });
  }
  return rows;
}

async function open(store: MemoryStore, golden: Pick<GoldenVault, 'words' | 'passphrase'>) {
  const { words: mnemonic, passphrase } = golden;
  const clock = tickingClock();
  return openVault(store, { mnemonic, random, clock, ...(passphrase && { passphrase }) });
}

function save(name: string, golden: GoldenVault): void {
  writeFileSync(goldenFile(name), `${JSON.stringify(golden, undefined, 1)}\n`);
  console.log(`${name}: ${golden.findings.length} findings`);
}

for (const [name, recipe] of Object.entries(GOOD_RECIPES)) {
  if (existsSync(goldenFile(name))) continue;
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source);
  const store = new MemoryStore();
  const { comment, passphrase } = recipe;
  const how = { words: WORDS, ...(passphrase !== undefined && { passphrase }) };
  await recipe.write(store, source);
  const vault = await open(store, how);
  const objects: Record<string, string> = {};
  for (const key of await keysUnder(store, '')) {
    objects[key] = Buffer.from(await store.get(key)).toString('base64');
  }
  const snapshots = await snapshotsOf(vault);
  save(name, { comment, ...how, objects, snapshots, findings: await findingsOf(vault) });
}

for (const [name, { comment, of, change }] of Object.entries(BROKEN_RECIPES)) {
  if (existsSync(goldenFile(name))) continue;
  const good = readGolden(of);
  const store = await storeOf(good);
  await change(store, await open(store, good));
  const before = objectsOf(good);
  const objects: Record<string, string | null> = {};
  const keys = new Set([...before.keys(), ...(await keysUnder(store, ''))]);
  for (const key of [...keys].sort()) {
    const now = await store.get(key).catch(() => undefined);
    const was = before.get(key);
    if (now && was && toHex(now) === toHex(was)) continue;
    objects[key] = now ? Buffer.from(now).toString('base64') : null;
  }
  const vault = await open(store, good);
  const { words } = good;
  const snapshots = await snapshotsOf(vault);
  save(name, { comment, words, of, objects, snapshots, findings: await findingsOf(vault) });
}
rmSync(source, { recursive: true, force: true });
