/** Every vault of format v1 that was ever released reads as it did, and the broken ones are as broken as they were. */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openVault } from '../../src/vault/open-vault.ts';
import { listSnapshots, loadSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { restoreAll } from '../jobs/restore/fixture.ts';
import { runSecondReader, writeObjects } from '../reader/run-second-reader.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { random, tickingClock } from '../support/test-vault.ts';
import type { GoldenRow, GoldenVault } from './golden-vault.ts';
import { findingsOf, goldenNames, objectsOf, readGolden, rowsOf, storeOf } from './golden-vault.ts';

const folder = temporaryFolder();
const all = goldenNames().map((name) => ({ name, golden: readGolden(name) }));
const good = all.filter(({ golden }) => golden.of === undefined);
const clock = tickingClock(1_900_000_000_000);

async function open(golden: GoldenVault): Promise<Vault> {
  const { words: mnemonic, passphrase } = golden;
  const how = { mnemonic, random, clock, ...(passphrase !== undefined && { passphrase }) };
  return openVault(await storeOf(golden), how);
}

describe('a golden vault', () => {
  test('is there for whatever a vault can hold, and for what can happen to it', () => {
    expect(good.length).toBeGreaterThanOrEqual(5);
    expect(all.length - good.length).toBeGreaterThanOrEqual(10);
  });

  test.each(all)('$name: gives out what can be had of it', async ({ golden }) => {
    await using vault = await open(golden);
    const listed = await listSnapshots(vault);
    expect(listed.map(({ id }) => id)).toEqual(golden.snapshots.map(({ id }) => id));
    for (const { id, rows } of golden.snapshots) expect(await rowsOf(vault, id)).toEqual(rows);
  });

  test.each(all)('$name: is checked, and everything wrong with it is named', async ({ golden }) => {
    await using vault = await open(golden);
    expect(await findingsOf(vault)).toEqual(golden.findings);
    if (golden.of === undefined) expect(golden.findings).toEqual([]);
    else expect(golden.findings).not.toEqual([]);
  });
});

describe('a good golden vault', () => {
  const withoutPassphrase = good.filter(({ golden }) => golden.passphrase === undefined);

  test.each(withoutPassphrase)('$name: is read alike by the second reader', ({ name, golden }) => {
    const place = join(folder, name);
    const hex = [...objectsOf(golden)].map(([key, bytes]) => [
      key,
      Buffer.from(bytes).toString('hex'),
    ]);
    writeObjects(place, Object.fromEntries(hex) as Record<string, string>);
    for (const { id, rows } of golden.snapshots) {
      const { lines, errors } = runSecondReader(place, golden.words, 'describe', id);
      expect(errors).toBe('');
      const theirs = lines.map(({ key, type, mode, size, sha256, target }) => {
        return [key, type, mode, size ?? 0, sha256 ?? target ?? ''];
      });
      expect(theirs).toEqual(rows);
    }
  });

  const restorable = good.filter(({ name }) => name !== 'v1-hostile-paths');
  test.skipIf(platform() === 'win32').each(restorable)(
    '$name: is restored, byte for byte',
    async ({ name, golden }) => {
      await using vault = await open(golden);
      for (const { id, rows } of golden.snapshots) {
        const target = join(folder, `${name}-${id}`);
        const snapshot = await loadSnapshot(vault, id);
        const { problems } = await restoreAll(vault, { snapshot, target, owner: false });
        expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        for (const row of rows) expect(restoredRow(target, row)).toEqual(row);
      }
    },
  );

  test.skipIf(platform() === 'win32')(
    'with hostile paths: only what is safe is restored, below the target',
    async () => {
      const golden = readGolden('v1-hostile-paths');
      await using vault = await open(golden);
      const snapshot = await loadSnapshot(vault, golden.snapshots[0]?.id ?? '');
      const place = join(folder, 'hostile');
      const target = join(place, 'target');
      const { problems, summary } = await restoreAll(vault, { snapshot, target });
      expect(readdirSync(place)).toEqual(['target']);
      expect(readdirSync(target).sort()).toEqual(['c', 'zz-fine']);
      expect(problems.length).toBeGreaterThanOrEqual(6);
      expect(summary.filesFailed).toBeGreaterThanOrEqual(6);
      expect(readFileSync(join(target, 'zz-fine'), 'utf8')).toBe('fine');
    },
  );
});

/** The row that what was restored would have. */
function restoredRow(target: string, [key, type]: GoldenRow): GoldenRow {
  const name = Buffer.from(key, 'hex').map((byte) => (byte === 0 ? 0x2f : byte));
  const path = Buffer.concat([Buffer.from(`${target}/`), name]);
  const stats = lstatSync(path);
  const mode = stats.mode & 0o7777;
  if (stats.isSymbolicLink()) {
    return [key, type, mode, 0, readlinkSync(path, { encoding: 'buffer' }).toString('hex')];
  }
  if (!stats.isFile()) return [key, type, mode, 0, ''];
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return [key, type, mode, stats.size, sha256];
}
