import {
  mkdir,
  mkdtemp,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
  readFile,
} from 'node:fs/promises';
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { publishMarked } from '../../src/store/directory/publish.ts';
import { Throttle } from '../../src/store/limit.ts';
import { describeObjectStore, listed, sharedBytes, storable } from './contract.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cybs3-directory-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fresh(name: string): Promise<string> {
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  return path;
}

describeObjectStore('the directory store', async () => new DirectoryStore(join(folder, 'a/b/c')));

describe('the directory store', () => {
  it('leaves no temporary file behind, also of a put that failed', async () => {
    const path = await fresh('clean');
    const store = new DirectoryStore(path);
    await store.put('x', storable('x'));
    await mkdir(join(path, 'taken'));
    await writeFile(join(path, 'taken', 'y'), '');
    await expect(store.put('taken', storable('x'))).rejects.toMatchObject({
      code: expect.stringMatching(/^store\//),
    });
    const twice = store.put('x', storable('y'), { ifAbsent: true });
    await expect(twice).rejects.toMatchObject({ code: 'store/exists' });
    expect((await readdir(path)).sort()).toEqual(['taken', 'x']);
  });

  it('takes no temporary file for an object, and sweeps only the old ones', async () => {
    const path = await fresh('sweep');
    const store = new DirectoryStore(path);
    await store.put('data/00/a', storable('x'));
    await writeFile(join(path, 'data/00/.tmp-old'), 'half');
    await writeFile(join(path, '.tmp-new'), 'half');
    await utimes(join(path, 'data/00/.tmp-old'), 1000, 1000);
    expect((await listed(store.list(''))).map(({ key }) => key)).toEqual(['data/00/a']);
    expect(await store.sweep(2_000_000)).toBe(1);
    expect(await readdir(join(path, 'data/00'))).toEqual(['a']);
    expect(await readdir(path)).toContain('.tmp-new');
    const name = store.put('data/.tmp-x', storable('x'));
    await expect(name).rejects.toMatchObject({ code: 'store/rejected' });
  });

  it('does not follow symlinks out of the vault', async () => {
    const path = await fresh('links');
    const outside = await fresh('outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    const store = new DirectoryStore(path);
    await store.put('data/a', storable('x'));
    await symlink(outside, join(path, 'index'));
    await symlink(outside, join(path, 'data/00'));
    await symlink(join(outside, 'secret'), join(path, 'data/link'));
    const refusal = { code: 'store/rejected' };
    await expect(store.put('index/secret', storable('x'))).rejects.toMatchObject(refusal);
    await expect(store.put('data/00/new', storable('x'))).rejects.toMatchObject(refusal);
    await expect(store.put('data/00/deep/new', storable('x'))).rejects.toMatchObject(refusal);
    await expect(store.get('index/secret')).rejects.toMatchObject(refusal);
    await expect(store.get('data/link')).rejects.toMatchObject(refusal);
    await expect(store.delete('index/secret')).rejects.toMatchObject(refusal);
    expect(await store.head('data/link')).toBeUndefined();
    expect((await listed(store.list(''))).map(({ key }) => key)).toEqual(['data/a']);
    await store.put('data/link', storable('mine'));
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await readdir(outside)).toEqual(['secret']);
  });

  it('works where the vault itself is a symlink', async () => {
    const real = await fresh('real');
    await mkdir(real);
    const path = await fresh('alias');
    await symlink(real, path);
    const store = new DirectoryStore(path);
    await store.put('data/a', storable('x'));
    expect(await readdir(join(real, 'data'))).toEqual(['a']);
  });

  it('refuses a FIFO instead of waiting for its writer', async () => {
    const path = await fresh('fifo');
    await mkdir(path);
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const store = new DirectoryStore(path);
    await expect(store.get('pipe')).rejects.toMatchObject({ code: 'store/rejected' });
    expect(await store.head('pipe')).toBeUndefined();
  });

  it('makes folders again that somebody removed', async () => {
    const path = await fresh('again');
    const store = new DirectoryStore(path);
    await store.put('data/00/a', storable('x'));
    await rm(path, { recursive: true });
    await store.put('data/00/b', storable('y'));
    expect(Buffer.from(await store.get('data/00/b')).toString()).toBe('y');
  });

  it('names the file, the place and the reason of a failure', async () => {
    const path = await fresh('plainfile');
    await writeFile(path, '');
    const put = new DirectoryStore(path).put('data/a', storable('x'));
    await expect(put).rejects.toMatchObject({
      code: expect.stringMatching(/^store\/(rejected|exists)$/),
      message: expect.stringContaining(path),
    });
  });

  it('writes and reads evenly within a limit', async () => {
    const limits = {
      upload: new Throttle({ bytesPerSecond: 4 * MiB }),
      download: new Throttle({ bytesPerSecond: 8 * MiB }),
    };
    const store = new DirectoryStore(await fresh('limited'), limits);
    const start = performance.now();
    await store.put('x', storable(sharedBytes(2 * MiB)));
    const written = performance.now();
    await store.get('x');
    expect(written - start).toBeGreaterThan(400);
    expect(performance.now() - written).toBeGreaterThan(200);
  });

  it('says that the disk is full, and leaves nothing there', (context) => {
    const script = `
      import { DirectoryStore } from ${quoted('directory.ts')};
      import { readdir } from 'node:fs/promises';
      const store = new DirectoryStore('vault');
      const put = store.put('data/a', new Uint8Array(32 << 20).fill(1));
      const code = await put.then(() => 'stored', (error) => error.code);
      console.log(code, await readdir('vault/data'));
    `;
    // A tiny file system of its own, gone with the process.
    const mounted = 'mount -t tmpfs -o size=4m tmpfs . && cd "$PWD" && exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', script];
    const args = ['-rm', 'sh', '-c', mounted, 'sh', ...node];
    const run = spawnSync('unshare', args, { cwd: folder, encoding: 'utf8' });
    if (run.status !== 0) context.skip('this machine lets us mount nothing');
    expect(run.stdout.trim()).toBe('store/full []');
  });

  it('lets one of many win also where there are no hard links', async () => {
    const path = await fresh('marked');
    await mkdir(path);
    const names = [...Array(8).keys()].map((n) => join(path, `.tmp-${n}`));
    await Promise.all(names.map((name) => writeFile(name, name)));
    const tries = names.map((name) => publishMarked(name, path, 'only'));
    const outcomes = await Promise.allSettled(tries);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readFile(join(path, 'only'), 'utf8')).toBe(names[winner]);
    const loser = names[(winner + 1) % 8] ?? '';
    await expect(publishMarked(loser, path, 'only')).rejects.toMatchObject({ code: 'EEXIST' });
    expect((await readdir(path)).filter((name) => name.includes('once'))).toEqual([]);
  });

  it('shows a second process whole objects only, while the first writes', async () => {
    const path = await fresh('two');
    const writer = fork(new URL('./write-for-ever.ts', import.meta.url), [path], {
      stdio: 'inherit',
    });
    const store = new DirectoryStore(path);
    try {
      const seen = new Set<number>();
      const start = performance.now();
      const isOver = (): boolean => {
        const ms = performance.now() - start;
        return ms > 30_000 || (ms > 2500 && seen.size > 3);
      };
      while (!isOver()) {
        for await (const { key, sizeBytes } of store.list('')) {
          expect(sizeBytes % MiB).toBe(0);
          expect(sizeBytes).toBeGreaterThan(0);
          const bytes = await store.get(key);
          const first = bytes[0] ?? 0;
          expect(bytes.length).toBe(((first % 3) + 1) * MiB);
          expect(bytes.every((byte) => byte === first)).toBe(true);
          seen.add(first);
        }
      }
      expect(seen.size).toBeGreaterThan(3);
    } finally {
      writer.kill('SIGKILL');
      await once(writer, 'exit');
    }
    for await (const { key } of store.list('')) expect(key).toMatch(/^data\/\d\/object$/);
  });
});

function quoted(path: string): string {
  return JSON.stringify(new URL(`../../src/store/${path}`, import.meta.url).href);
}
