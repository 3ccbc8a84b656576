/**
 * Whatever a snapshot says, nothing outside the target changes. The snapshots here are forged by somebody
 * who has the keys.
 */
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { EntryType } from '../../../src/format/entry.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { newVault } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { Forger, forgedEntry, restoreAll } from './fixture.ts';

const folder = temporaryFolder();
const target = join(folder, 'target');
const outside = join(folder, 'outside');
let vault: Vault;
let forger: Forger;

beforeEach(async () => {
  for (const path of [target, outside]) rmSync(path, { recursive: true, force: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'precious'), 'untouched');
  vault = await newVault();
  forger = new Forger(vault);
});

function expectOutsideUntouched(): void {
  expect(readdirSync(outside)).toEqual(['precious']);
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('untouched');
  expect(statSync(join(outside, 'precious')).nlink).toBe(1);
  expect(readdirSync(folder).sort()).toEqual(['outside', 'target']);
}

describe('names from a snapshot', () => {
  const names = ['..', '.', '../outside/x', '/etc/x', 'a/../../outside', 'a\0', '\0a', 'a\0\0b'];
  test.each(names)('%j is refused, and the rest is restored', async (name) => {
    const path = Buffer.from(name);
    const bad = { ...(await forger.file('x', 'evil')), path };
    const good = await forger.file('zz', 'good');
    const snapshot = await forger.snapshot([bad, good], []);
    const { problems, summary } = await restoreAll(vault, { snapshot, target });
    expect(problems).toMatchObject([{ severity: 'error', reason: 'unsafe' }]);
    expect(summary).toMatchObject({ filesFailed: 1, filesRestored: 1 });
    expect(readdirSync(target)).toEqual(['zz']);
    expectOutsideUntouched();
  });

  test('a folder called .. takes all that is in it along', async () => {
    const entries = [
      forgedEntry('..', EntryType.directory),
      { ...(await forger.file('x', 'evil')), path: Buffer.from('..\0outside\0new') },
      { ...(await forger.file('x', 'evil')), path: Buffer.from('..\0outside\0precious') },
    ];
    const snapshot = await forger.snapshot(entries, []);
    const { problems, summary } = await restoreAll(vault, { snapshot, target });
    expect(problems).toHaveLength(1);
    expect(summary.filesFailed).toBe(2);
    expectOutsideUntouched();
  });

  test('names that are too long for any file system are refused', async () => {
    const snapshot = await forger.snapshot([await forger.file('n'.repeat(256), 'x')], []);
    const { problems } = await restoreAll(vault, { snapshot, target });
    expect(problems).toMatchObject([{ reason: 'unsafe' }]);
  });
});

describe('links', () => {
  test('a link of the snapshot is not followed by what the snapshot puts behind it', async () => {
    const entries = [
      forgedEntry('d', EntryType.symlink, { target: Buffer.from(outside) }),
      await forger.file('d/evil', 'evil'),
      await forger.file('d/precious', 'evil'),
      forgedEntry('d/sub', EntryType.directory),
      await forger.file('d/sub/evil', 'evil'),
    ];
    const snapshot = await forger.snapshot(entries, []);
    await restoreAll(vault, { snapshot, target });
    expectOutsideUntouched();
  });

  test.each(['always', 'if-changed', 'if-newer', 'never'] as const)(
    'a link that was there before is never followed (%s)',
    async (overwrite) => {
      mkdirSync(target);
      symlinkSync(outside, join(target, 'd'));
      symlinkSync(join(outside, 'precious'), join(target, 'f'));
      const entries = [
        forgedEntry('d', EntryType.directory, { mode: 0o700 }),
        await forger.file('d/evil', 'evil'),
        await forger.file('f', 'evil', { mode: 0o777 }),
      ];
      const snapshot = await forger.snapshot(entries, ['d', 'f']);
      const options = { snapshot, target, overwrite, delete: true, inPlace: true, verify: true };
      await restoreAll(vault, options);
      expectOutsideUntouched();
      if (overwrite === 'always') {
        expect(readFileSync(join(target, 'd', 'evil'), 'utf8')).toBe('evil');
        expect(lstatSync(join(target, 'f')).isFile()).toBe(true);
      }
      if (overwrite === 'never')
        expect(readlinkSync(join(target, 'f'))).toBe(outside + '/precious');
    },
  );

  test('another name of a file outside is not written through, in place or not', async () => {
    mkdirSync(target);
    linkSync(join(outside, 'precious'), join(target, 'f'));
    const before = statSync(join(outside, 'precious'));
    const snapshot = await forger.snapshot([await forger.file('f', 'evil', { mode: 0o666 })], []);
    await restoreAll(vault, { snapshot, target, inPlace: true });
    expect(readFileSync(join(target, 'f'), 'utf8')).toBe('evil');
    expect(statSync(join(outside, 'precious')).mode).toBe(before.mode);
    expectOutsideUntouched();
  });

  test('the mode of a file outside does not change because a file looks the same', async () => {
    mkdirSync(target);
    linkSync(join(outside, 'precious'), join(target, 'f'));
    const { mtimeNs, mode } = statSync(join(outside, 'precious'), { bigint: true });
    const mtime = {
      mtimeSec: Number(mtimeNs / 1_000_000_000n),
      mtimeNs: Number(mtimeNs % 1_000_000_000n),
    };
    const entry = await forger.file('f', 'untouchez', { mode: 0o6777, ...mtime });
    const snapshot = await forger.snapshot([entry], []);
    await restoreAll(vault, { snapshot, target });
    expect(statSync(join(outside, 'precious'), { bigint: true }).mode).toBe(mode);
    expectOutsideUntouched();
  });

  test('a link or a second name planted as part file is not written through', async () => {
    mkdirSync(target);
    const content = 'evil'.repeat(100);
    const names = ['f', 'g'];
    const entries = [];
    for (const name of names) entries.push(await forger.file(name, content));
    const snapshot = await forger.snapshot(entries, []);
    const { partName } = await import('../../../src/files/restore/part-name.ts');
    symlinkSync(join(outside, 'precious'), join(target, String(partName(Buffer.from('f')))));
    linkSync(join(outside, 'precious'), join(target, String(partName(Buffer.from('g')))));
    await restoreAll(vault, { snapshot, target });
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('untouched');
  });

  test('deleting removes a link, not what it leads to', async () => {
    mkdirSync(join(target, 'd', 'extra'), { recursive: true });
    symlinkSync(outside, join(target, 'd', 'link'));
    symlinkSync(outside, join(target, 'd', 'extra', 'link'));
    const entries = [forgedEntry('d', EntryType.directory), await forger.file('d/keep', 'kept')];
    const snapshot = await forger.snapshot(entries, ['d']);
    const { summary } = await restoreAll(vault, { snapshot, target, delete: true });
    expect(readdirSync(join(target, 'd'))).toEqual(['keep']);
    expect(summary.filesDeleted).toBe(3);
    expectOutsideUntouched();
  });
});

describe('content', () => {
  test('that does not add up to the size is refused, and nothing is left behind', async () => {
    const longer = await forger.file('longer', 'four');
    const huge = await forger.file('huge', 'four');
    const entries = [
      { ...huge, size: Number.MAX_SAFE_INTEGER },
      { ...longer, size: 3 },
    ];
    const snapshot = await forger.snapshot(entries, []);
    const { problems } = await restoreAll(vault, { snapshot, target });
    expect(problems.map(({ reason }) => reason)).toEqual(['damaged', 'damaged']);
    expect(readdirSync(target)).toEqual([]);
  });

  test('that no pack has is a problem of that file alone', async () => {
    const gone = await forger.file('gone', 'gone');
    const good = await forger.file('here', 'here');
    const snapshot = await forger.snapshot([{ ...gone, content: new Uint8Array(32) }, good], []);
    const { problems, summary } = await restoreAll(vault, { snapshot, target });
    expect(problems).toMatchObject([{ path: '/gone', reason: 'damaged', severity: 'error' }]);
    expect(summary).toMatchObject({ filesFailed: 1, filesRestored: 1 });
    expect(existsSync(join(target, 'gone'))).toBe(false);
  });

  test('an unsorted or doubled list of files is not believed', async () => {
    const entries = [await forger.file('b', 'b'), await forger.file('a', 'a')];
    const snapshot = await forger.snapshot(entries, []);
    const { problems } = await restoreAll(vault, { snapshot, target });
    expect(problems).toMatchObject([{ severity: 'error', reason: 'damaged' }]);
  });

  test('setuid survives only with the owner it belongs to', async () => {
    const entry = await forger.file('f', 'run me', { mode: 0o6755, uid: 4321, gid: 4321 });
    const snapshot = await forger.snapshot([entry], []);
    await restoreAll(vault, { snapshot, target, owner: false });
    expect(statSync(join(target, 'f')).mode & 0o7777).toBe(0o755);
    if (process.getuid?.() !== 0) return;
    rmSync(target, { recursive: true });
    await restoreAll(vault, { snapshot, target });
    expect(statSync(join(target, 'f')).mode & 0o7777).toBe(0o6755);
  });
});
