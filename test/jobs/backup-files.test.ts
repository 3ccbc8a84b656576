import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EntryType } from '../../src/format/entry.ts';
import { DIRECT_IDS_MAX, contentOf } from '../../src/jobs/backup/compute/id-list.ts';
import { backup } from '../../src/jobs/backup/backup.ts';
import type { BackupEvent } from '../../src/jobs/events.ts';
import { resolveSnapshot } from '../../src/jobs/snapshots.ts';
import { backUp, backupOptions, copyOf, newVault, reopen } from '../support/test-vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fifo, hardlink, random, rawName, sparse, symlink, tree } from '../support/tree.ts';
import { entriesBelow, findingsOf, savedContent } from './snapshot-contents.ts';

const folder = temporaryFolder();
const isLinux = process.platform === 'linux';

const problemsIn = (events: readonly BackupEvent[]) =>
  events.filter((event) => event.type === 'problem');

describe('a backup keeps', () => {
  test('every kind of file as what it is', async () => {
    const files = tree(join(folder, 'kinds'), {
      file: 'x',
      empty: '',
      'empty folder': {},
      link: symlink('nowhere/at all'),
      pipe: fifo,
      hole: sparse(500_000, { 300_000: 'data' }),
    });
    const vault = await newVault();
    const { summary } = await backUp(vault, [files]);
    const entries = await entriesBelow(vault, files);
    const types = Object.fromEntries([...entries].map(([name, { type }]) => [name, type]));
    expect(types).toEqual({
      file: EntryType.file,
      empty: EntryType.file,
      'empty folder': EntryType.directory,
      link: EntryType.symlink,
      pipe: EntryType.fifo,
      hole: EntryType.file,
    });
    expect(Buffer.from(entries.get('link')?.target ?? []).toString()).toBe('nowhere/at all');
    expect(entries.get('hole')).toMatchObject({ size: 500_000, sparse: true });
    expect(
      (await savedContent(vault, files, 'hole')).equals(readFileSync(join(files, 'hole'))),
    ).toBe(true);
    expect(summary).toMatchObject({ filesNew: 3, others: 2, filesFailed: 0 });
  });

  test('hard links as names of one file', async () => {
    const files = tree(join(folder, 'links'), {
      a: random(50_000, 1),
      sub: { b: hardlink('a') },
      alone: 'x',
    });
    const vault = await newVault();
    await backUp(vault, [files]);
    const entries = await entriesBelow(vault, files);
    const [a, b] = [entries.get('a'), entries.get('sub/b')];
    expect(a).toMatchObject({ links: 2, inode: b?.inode, device: b?.device });
    expect(b?.links).toBe(2);
    expect(entries.get('alone')?.links).toBe(1);
    const saved = await savedContent(vault, files, 'sub/b');
    expect(saved.equals(readFileSync(join(files, 'a')))).toBe(true);
  });

  test.runIf(isLinux)(
    'names that are no text, hold line feeds, or are as long as can be',
    async () => {
      const names = [
        'new\nline',
        ' ',
        '\x01\x1b[31m',
        'latin\xe9',
        `${'n'.repeat(255)}`,
        '-rf',
        '\\',
      ];
      const content = Object.fromEntries(
        names.map((name) => [rawName(name), `content of ${name}`]),
      );
      const files = tree(join(folder, 'names'), content);
      const vault = await newVault();
      const { summary } = await backUp(vault, [files]);
      expect(summary).toMatchObject({ filesNew: names.length, filesFailed: 0 });
      for (const name of names) {
        const saved = await savedContent(vault, files, Buffer.from(name, 'latin1'));
        expect(saved.toString()).toBe(`content of ${name}`);
      }
      expect((await backUp(vault, [files])).summary.bytesRead).toBe(0);
    },
  );

  test('not what is excluded', async () => {
    const files = tree(join(folder, 'excluded'), {
      'a.log': 'x',
      'b.txt': 'x',
      sub: { 'c.log': 'x', 'd.txt': 'x' },
      cache: { e: 'x' },
      big: random(5000, 1),
    });
    const vault = await newVault();
    const exclude = ['*.log', 'cache'];
    await backUp(vault, [files], { exclude, excludeLargerThanBytes: 1000 });
    const names = [...(await entriesBelow(vault, files)).keys()];
    expect(names).toEqual(['b.txt', 'sub', 'sub/d.txt']);
  });

  test('several roots, nested ones once', async () => {
    const files = tree(join(folder, 'roots'), { a: { one: '1', two: '2' }, b: 'b', c: 'c' });
    const roots = [join(files, 'b'), join(files, 'a'), join(files, 'a/two')];
    const vault = await newVault();
    const { summary } = await backUp(vault, roots);
    expect([...(await entriesBelow(vault, files)).keys()]).toEqual(['a', 'a/one', 'a/two', 'b']);
    expect(summary.filesNew).toBe(3);
  });

  test('the host, the user, the tags and the time that it is told', async () => {
    const files = tree(join(folder, 'told'), { a: 'a' });
    const vault = await newVault();
    await backUp(vault, [files], { host: 'h', user: 'u', tags: ['t1', 't2'], timeMs: 12_345 });
    const { snapshot } = await resolveSnapshot(vault, 'latest:host=h,tag=t2');
    expect(snapshot).toMatchObject({ host: 'h', user: 'u', tags: ['t1', 't2'], timeMs: 12_345 });
    expect(snapshot).toMatchObject({ complete: true, chain: { sequence: 0 } });
  });
});

describe('a large file', () => {
  test('read by several threads is cut as by one, and comes back', async () => {
    const path = join(folder, 'large');
    writeFileSync(path, random(90 * 1024 * 1024, 7));
    const { store } = await newVault();
    const contents = [];
    for (const concurrency of [1, 3]) {
      const vault = await reopen(await copyOf(store));
      const { summary } = await backUp(vault, [path], { concurrency, compression: 'off' });
      expect(summary.chunksAdded).toBeGreaterThan(40);
      const entry = (await entriesBelow(vault, folder)).get('large');
      contents.push(Buffer.from(entry?.content ?? []).toString('hex'));
      if (concurrency === 1) continue;
      const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
      expect(sha256(await savedContent(vault, path))).toBe(sha256(readFileSync(path)));
    }
    expect(contents[0]).toBe(contents[1]);
  });

  test('has its ids in list chunks where there are many, cut by the ids alone', () => {
    const saved = new Map<string, Uint8Array>();
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
    const save = (list: Uint8Array) => {
      saved.set(hash(list).toString('hex'), list.slice());
      return hash(list);
    };
    const ids = (count: number, from = 0) =>
      Buffer.concat(Array.from({ length: count }, (_, i) => hash(Buffer.from(`${from + i}`))));
    const few = ids(DIRECT_IDS_MAX);
    expect(contentOf(few, save)).toEqual({ contentDepth: 0, content: few });
    expect(saved.size).toBe(0);

    const many = ids(20_000);
    const { contentDepth, content } = contentOf(many, save);
    expect(contentDepth).toBe(1);
    const lists = [];
    for (let at = 0; at < content.length; at += 32) {
      lists.push(saved.get(Buffer.from(content.subarray(at, at + 32)).toString('hex')));
    }
    expect(Buffer.concat(lists as Uint8Array[]).equals(many)).toBe(true);
    expect(lists.every((list) => list && list.length <= 4096 * 32)).toBe(true);
    expect(lists.length).toBeGreaterThan(8);

    // Something new at the front leaves all lists but the first as they were.
    const before = saved.size;
    contentOf(Buffer.concat([ids(3, 1_000_000), many]), save);
    expect(saved.size - before).toBeLessThanOrEqual(2);
  });
});

describe('a backup goes on when', () => {
  test('files vanish while it runs', async () => {
    const content = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`f${1000 + i}`, random(300_000, i)]),
    );
    const files = tree(join(folder, 'vanishing'), content);
    const vault = await newVault();
    const events: BackupEvent[] = [];
    let isGone = false;
    const { store } = vault;
    const put = store.put.bind(store);
    store.put = async (...parts) => {
      if (!isGone) for (let i = 0; i < 200; i += 2) rmSync(join(files, `f${1000 + i}`));
      isGone = true;
      await put(...parts);
    };
    const options = backupOptions([files], { packSizeBytes: 16 * 1024 * 1024 });
    for await (const event of backup(vault, options)) events.push(event);
    const problems = problemsIn(events);
    const vanished = problems.filter(({ reason }) => reason === 'vanished');
    expect(vanished.length).toBeGreaterThan(0);
    // Those that are open as they go (16 ahead, in each thread) are saved, and called changed.
    expect(problems.filter(({ reason }) => reason === 'changed')).toHaveLength(
      problems.length - vanished.length,
    );
    expect(problems.length - vanished.length).toBeLessThanOrEqual(2 * 17);
    expect(problems.every(({ severity }) => severity === 'warning')).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'summary', filesFailed: 0 });
    const entries = await entriesBelow(vault, files);
    expect(entries.size).toBe(200 - vanished.length);
    expect(await findingsOf(vault)).toEqual([]);
  });

  test('a file is not to be read, which makes it a partial one', async () => {
    const files = tree(join(folder, 'unreadable'), { closed: 'secret', open: 'x' });
    chmodSync(join(files, 'closed'), 0o000);
    chmodSync(join(files, 'open'), 0o644);
    for (const path of [folder, files]) chmodSync(path, 0o755);
    const vault = await newVault();
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const { events, summary } = await backUp(vault, [files]);
      expect(problemsIn(events)).toEqual([
        expect.objectContaining({
          severity: 'error',
          reason: 'unreadable',
          path: `${files}/closed`,
        }),
      ]);
      // What is not saved is not new: it is in no snapshot.
      expect(summary).toMatchObject({ filesFailed: 1, filesNew: 1 });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    expect([...(await entriesBelow(vault, files)).keys()]).toEqual(['open']);
    expect((await resolveSnapshot(vault, 'latest')).snapshot.complete).toBe(false);
  });

  test('a root is not there', async () => {
    const files = tree(join(folder, 'one-root'), { a: 'a' });
    const vault = await newVault();
    const { events, summary } = await backUp(vault, [files, join(folder, 'no-such-root')]);
    expect(problemsIn(events)).toHaveLength(1);
    expect(summary.filesNew).toBe(1);
  });

  test('nothing is there at all, with an error', async () => {
    const failing = backUp(await newVault(), [join(folder, 'nothing-here')]);
    await expect(failing).rejects.toMatchObject({ code: 'files/read' });
    await expect(backUp(await newVault(), [])).rejects.toMatchObject({ code: 'usage' });
  });

  test.each(['grows', 'shrinks'] as const)('a file %s while it is read', async (how) => {
    const path = join(folder, how);
    writeFileSync(path, random(40 * 1024 * 1024, 3));
    const pause = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)';
    const steps = {
      grows: `fs.appendFileSync(path, Buffer.alloc(65_536, 1)); ${pause}`,
      shrinks: `fs.truncateSync(path, (40 - i) * 1_048_576); ${pause}`,
    };
    const script =
      'const fs = require("fs"); const path = process.argv[1];' +
      `for (let i = 1; i <= 40; i++) { ${steps[how]} }`;
    const writer = spawn(process.execPath, ['-e', script, path]);
    const vault = await newVault();
    try {
      const { summary } = await backUp(vault, [path]);
      expect(summary.filesFailed).toBe(0);
    } finally {
      writer.kill('SIGKILL');
      if (statSync(path).size > 0) truncateSync(path, 0);
    }
    const entry = (await entriesBelow(vault, folder)).get(how);
    const saved = await savedContent(vault, path);
    expect(saved.length).toBe(entry?.size);
    expect(await findingsOf(vault)).toEqual([]);
  });
});
