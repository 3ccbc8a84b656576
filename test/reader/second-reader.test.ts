/**
 * The promise: a reader written from `docs/format.md` alone restores what a backup saved.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateMnemonic } from '../../src/crypto/mnemonic.ts';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import { backup } from '../../src/jobs/backup/backup.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { hardlink, random as noise, rawName, symlink, tree } from '../support/tree.ts';
import { runSecondReader } from './run-second-reader.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const clock = Date.now;
const words = generateMnemonic(12, random);
const base = temporaryFolder();
const [source, vaultFolder] = [join(base, 'source'), join(base, 'vault')];
/** Enough for a manifest of two levels. */
const MANY = 1500;
/** Elsewhere names are text. */
const oddNames = platform() === 'linux' ? { [rawName('not \xff utf-8')]: 'bytes' } : {};

async function backUp(): Promise<void> {
  const store = new DirectoryStore(vaultFolder);
  await using vault = await openVault(store, { mnemonic: words, random, clock });
  const options = {
    roots: [Buffer.from(source)],
    exclude: [],
    include: [],
    ignoreFiles: [],
    excludeCaches: false,
    oneFileSystem: false,
    host: 'here',
    user: 'me',
    tags: ['drill'],
    force: false,
    skipIfUnchanged: false,
    dryRun: false,
    reportPaths: false,
    cores: 2,
    signal: new AbortController().signal,
    program: 'test',
  };
  for await (const event of backup(vault, options)) {
    if (event.type !== 'problem' || event.severity === 'warning') continue;
    throw new Error(`${event.path}: ${event.message}`);
  }
}

beforeAll(async () => {
  if (platform() === 'win32') return; // links and odd names need more than Windows gives

  tree(source, {
    'empty.txt': '',
    'hello.txt': 'hello\n',
    'zeros.bin': new Uint8Array(3 << 20),
    'noise.bin': noise(11 << 20, 1),
    'text.log': 'the same line again and again\n'.repeat(50_000),
    ...oddNames,
    'new\nline': 'odd',
    link: symlink('hello.txt'),
    sub: { deep: { deeper: { 'a.txt': 'a' } }, 'twin.txt': hardlink('hello.txt') },
    many: Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`f${i}`, `file ${i}`])),
  });
  const settings = DEFAULT_SETTINGS;
  const init = { mnemonic: words, settings, random, clock };
  await initVault(new DirectoryStore(vaultFolder), init);
  await backUp();
  writeFileSync(join(source, 'hello.txt'), 'hello again\n');
  await backUp();
});

/** A restored file is at its whole path below the target. */
const restored = (target: string) => join(target, source);

describe.skipIf(platform() === 'win32')('the second reader', () => {
  test.each([[], ['--without-index']])('restores a whole backup %#', (...flags) => {
    const target = join(base, `out${flags.length}`);
    const args = ['restore', 'latest', target, ...flags];
    const { errors, status } = runSecondReader(vaultFolder, words, ...args);
    expect([status, errors]).toEqual([0, '']);
    const options = { times: false, owners: false, xattrs: false, sparse: false };
    expect(compareTrees(source, restored(target), options)).toEqual([]);
  });

  test('tells each entry as it was, to the nanosecond', () => {
    const { lines } = runSecondReader(vaultFolder, words, 'describe', 'latest');
    const prefix = `${Buffer.from(source.slice(1).replaceAll('/', '\0')).toString('hex')}00`;
    const inside = lines.filter(({ key }) => String(key).startsWith(prefix));
    expect(inside.length).toBe(readdirSync(source, { recursive: true }).length);
    for (const line of inside) {
      const name = Buffer.from(String(line['key']).slice(prefix.length), 'hex');
      const osPath = Buffer.concat([
        Buffer.from(`${source}/`),
        name.map((byte) => (byte === 0 ? 0x2f : byte)),
      ]);
      const stats = lstatSync(osPath, { bigint: true });
      const { seconds, nanoseconds } = line['mtime'] as Record<string, number>;
      expect(BigInt(seconds ?? 0) * 1_000_000_000n + BigInt(nanoseconds ?? 0)).toBe(stats.mtimeNs);
      expect(line['mode']).toBe(Number(stats.mode) & 0o7777);
      if (!stats.isFile()) continue;
      expect(line['size']).toBe(Number(stats.size));
      const content = createHash('sha256').update(readFileSync(osPath)).digest('hex');
      expect(line['sha256']).toBe(content);
    }
  });

  test('sees both snapshots, and the second names the first', () => {
    const { lines } = runSecondReader(vaultFolder, words, 'list');
    expect(lines).toHaveLength(2);
    const [first, second] = lines;
    expect(second).toMatchObject({
      tags: ['drill'],
      parent: first?.['name'],
      chain: { sequence: 1, previous: { id: first?.['name'], sha256: first?.['sha256'] } },
    });
  });

  test('refuses an object that was cut', () => {
    const [name = ''] = readdirSync(join(vaultFolder, 'snapshots'));
    const file = join(vaultFolder, 'snapshots', name);
    truncateSync(file, lstatSync(file).size - 1);
    const { status, errors } = runSecondReader(vaultFolder, words, 'list');
    expect([status, errors.split(':')[0]]).toEqual([1, 'object/segment']);
  });
});
