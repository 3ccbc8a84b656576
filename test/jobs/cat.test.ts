import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { toPathKey } from '../../src/files/path.ts';
import { loadXattrReader } from '../../src/files/walk/read-xattrs.ts';
import { catFile, tarFolder } from '../../src/jobs/cat.ts';
import { resolveSnapshot } from '../../src/jobs/snapshots.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  backUp,
  collect,
  copyOf,
  flip,
  keysUnder,
  newVault,
  reopen,
  truncate,
} from '../support/test-vault.ts';
import type { Tree } from '../support/tree.ts';
import {
  charDevice,
  fifo,
  hardlink,
  random,
  rawName,
  sparse,
  symlink,
  tree,
  withMode,
} from '../support/tree.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
const store = new MemoryStore();
const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

const long = 'long-'.repeat(40);
const content: Tree = {
  'a.bin': random(3_000_000, 1),
  empty: '',
  exactly512: random(512, 2),
  [long]: { [`${long}x`]: 'deep', 'link to long': symlink(`${long}x`.repeat(3)) },
  'ümläut-日本': 'name in UTF-8',
  'new\nline': 'x',
  one: 'linked',
  other: hardlink('one'),
  sub: { third: hardlink('one'), suid: withMode(0o4755, '#!'), hidden: withMode(0o000, 'x') },
  link: symlink('../nowhere'),
  pipe: fifo,
  holes: sparse(200_000, { 150_000: 'data' }),
  old: 'from before 1970',
  ...(isLinux && {
    [rawName('latin\xff1')]: 'not UTF-8',
    [rawName('\xfe'.repeat(150))]: 'long and not UTF-8',
    [rawName('\xfd')]: symlink(Buffer.alloc(120, 0xfc)),
  }),
  ...(isRoot && { device: charDevice(7, 300) }),
};

beforeAll(async () => {
  tree(files, content);
  execFileSync('touch', ['-d', '1969-12-31 23:59:58.5 UTC', join(files, 'old')]);
  if (isLinux && loadXattrReader()) {
    for (const name of ['user.one', 'user.a%b']) {
      execFileSync('python3', [
        '-c',
        'import os,sys; os.setxattr(sys.argv[1], sys.argv[2], b"a\\0=\\nb")',
        join(files, 'one'),
        name,
      ]);
    }
  }
  await backUp(await newVault(store), [files]);
});

const key = (path: string): Uint8Array => toPathKey(Buffer.from(path));

async function cat(path: string, from = store): Promise<Buffer> {
  const vault = await reopen(from);
  const snapshot = await resolveSnapshot(vault, 'latest');
  return Buffer.concat(await collect(catFile(vault, snapshot, key(path))));
}

async function tar(path: string, from = store): Promise<Buffer> {
  const vault = await reopen(from);
  const snapshot = await resolveSnapshot(vault, 'latest');
  return Buffer.concat(await collect(tarFolder(vault, snapshot, key(path))));
}

let archives = 0;

function unpack(archive: Buffer): string {
  const target = join(folder, `unpacked-${archives++}`);
  mkdirSync(target);
  const flags = ['--xattrs', '--xattrs-include=*', '--same-permissions', '--numeric-owner'];
  execFileSync('tar', ['-x', ...flags, '-C', target], { input: archive });
  return target;
}

describe('a file', () => {
  test.each(['a.bin', 'empty', 'exactly512', 'holes', 'other', 'new\nline'])(
    '%j comes back byte for byte',
    async (name) => {
      const path = join(files, name);
      expect((await cat(path)).equals(readFileSync(path))).toBe(true);
    },
  );

  test.each([
    ['sub', /a folder/],
    ['link', /a symbolic link/],
    ['pipe', /a FIFO/],
    ['none', /there is no/],
  ])('is what %s is not', async (name, message) => {
    const failing = cat(join(files, name));
    await expect(failing).rejects.toMatchObject({ code: 'snapshot/path' });
    await expect(failing).rejects.toThrow(message);
  });

  test('is not the top', async () => {
    await expect(cat('/')).rejects.toMatchObject({ code: 'snapshot/path' });
  });

  test('in a damaged pack fails instead of giving wrong bytes', async () => {
    const copy = await copyOf(store);
    const [pack = ''] = await keysUnder(copy, 'data/');
    await flip(copy, pack, 1_000_000);
    await expect(cat(join(files, 'a.bin'), copy)).rejects.toMatchObject({ code: 'object/segment' });
  });

  test('that only a damaged index file knew fails with that damage', async () => {
    const copy = await copyOf(store);
    for (const name of await keysUnder(copy, 'index/')) await truncate(copy, name, 150);
    await expect(cat(join(files, 'a.bin'), copy)).rejects.toMatchObject({ code: /^object\// });
  });
});

describe.runIf(isLinux)('an archive', () => {
  test('of a folder unpacks with tar to the same tree', async () => {
    const target = unpack(await tar(files));
    const differences = compareTrees(files, join(target, 'files'), { sparse: false, root: true });
    expect(differences).toEqual([]);
    expect(statSync(join(target, 'files/one')).nlink).toBe(3);
  });

  test('of a folder inside starts with its name', async () => {
    const target = unpack(await tar(join(files, long)));
    expect(compareTrees(join(files, long), join(target, long))).toEqual([]);
  });

  test('of one file holds just that', async () => {
    const archive = await tar(join(files, 'exactly512'));
    const listed = execFileSync('tar', ['-t'], { input: archive });
    expect(listed.toString()).toBe('exactly512\n');
    expect(archive.length % 10_240).toBe(0);
  });

  test('of everything has the folders above', async () => {
    const listed = execFileSync('tar', ['-t'], { input: await tar('/') }).toString();
    expect(listed).toContain(`${files.slice(1)}/exactly512\n`);
  });

  test('makes tar complain of nothing', async () => {
    const archive = join(folder, 'whole.tar');
    writeFileSync(archive, await tar(files));
    const said = execFileSync('sh', ['-c', 'tar -tvf "$1" 2>&1 >/dev/null', 'sh', archive]);
    expect(said.toString()).toBe('');
  });

  test('is read by another program, names and all', async () => {
    const archive = join(folder, 'whole.tar');
    writeFileSync(archive, await tar(files));
    const script =
      'import sys,tarfile,hashlib\n' +
      't=tarfile.open(sys.argv[1],errors="surrogateescape")\n' +
      'm={x.name:x for x in t}\n' +
      'print(len(m), m["files/old"].mtime, m["files/a.bin"].size, m["files/ümläut-日本"].size)';
    const said = execFileSync('python3', ['-c', script, archive]).toString().trim();
    const names = execFileSync('sh', [
      '-c',
      'find "$1" -print0 | tr -cd "\\0" | wc -c',
      'sh',
      files,
    ]);
    expect(said).toBe(`${names.toString().trim()} -1.5 3000000 13`);
  });

  test('ends with an error where content is damaged', async () => {
    const copy = await copyOf(store);
    const [pack = ''] = await keysUnder(copy, 'data/');
    await flip(copy, pack, 1_000_000);
    await expect(tar(files, copy)).rejects.toMatchObject({ code: 'object/segment' });
  });
});
