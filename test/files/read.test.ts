import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, lstatSync, renameSync, rmSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/base/failure.ts';
import {
  hasChanged,
  openEntryFile,
  readFailureOf,
  type KnownFile,
} from '../../src/files/read/open-entry-file.ts';
import { readFully } from '../../src/files/read/read-fully.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fifo, random, rawName, symlink, tree } from '../support/tree.ts';
import { entryOf, walked } from './walk-fixture.ts';

const base = temporaryFolder();
let count = 0;
const fresh = (): string => `${base}/${count++}`;

function failureOf(path: string, known?: KnownFile): string {
  try {
    closeSync(openEntryFile(Buffer.from(path), known));
    return 'opened';
  } catch (error) {
    if (!isFailure(error, 'files/read')) throw error;
    return readFailureOf(error);
  }
}

describe('opening a file that was seen', () => {
  test('reads it wherever, and knows where it ends', () => {
    const content = random(100_000, 1);
    const dir = tree(fresh(), { f: content });
    const fd = openEntryFile(Buffer.from(`${dir}/f`), entryOf(walked(dir), 'f'));
    const target = new Uint8Array(60_000);
    expect(readFully(fd, target, 0)).toBe(60_000);
    expect(Buffer.compare(target, content.subarray(0, 60_000))).toBe(0);
    expect(readFully(fd, target, 60_000)).toBe(40_000);
    expect(Buffer.compare(target.subarray(0, 40_000), content.subarray(60_000))).toBe(0);
    expect(readFully(fd, target, 100_000)).toBe(0);
    closeSync(fd);
    expect(() => readFully(fd, target, 0)).toThrow(/EBADF/);
  });

  test('tells what is gone from what was exchanged', () => {
    const dir = tree(fresh(), { f: 'x', g: 'y', d: {}, p: fifo, l: symlink('g') });
    const seen = entryOf(walked(dir), 'f');
    expect(failureOf(`${dir}/f`, seen)).toBe('opened');
    expect(failureOf(`${dir}/l`)).toBe('changed');
    expect(failureOf(`${dir}/d`)).toBe('changed');
    expect(failureOf(`${dir}/p`)).toBe('changed');
    expect(failureOf('/dev/null')).toBe('changed');
    rmSync(`${dir}/f`);
    expect(failureOf(`${dir}/f`, seen)).toBe('vanished');
    expect(failureOf(`${dir}/g/x`, seen)).toBe('vanished');
    renameSync(`${dir}/g`, `${dir}/f`);
    expect(failureOf(`${dir}/f`, seen)).toBe('changed');
  });

  test('does not touch the time of the last access of own files', () => {
    const dir = tree(fresh(), { f: 'x' });
    execFileSync('touch', ['-a', '-d', '2001-01-01', `${dir}/f`]);
    const before = lstatSync(`${dir}/f`).atimeMs;
    const seen = entryOf(walked(dir), 'f');
    const fd = openEntryFile(Buffer.from(`${dir}/f`), seen);
    expect(readFully(fd, new Uint8Array(9), 0)).toBe(1);
    closeSync(fd);
    if (process.platform === 'linux') expect(lstatSync(`${dir}/f`).atimeMs).toBe(before);
    expect(seen.uid).toBe(userInfo().uid);
  });

  test('sees that it changed since', () => {
    const dir = tree(fresh(), { f: 'x' });
    const seen = entryOf(walked(dir), 'f');
    const fd = openEntryFile(Buffer.from(`${dir}/f`), seen);
    expect(hasChanged(fd, seen)).toBe(false);
    appendFileSync(`${dir}/f`, 'y');
    expect(hasChanged(fd, seen)).toBe(true);
    closeSync(fd);
  });

  test.runIf(process.platform === 'linux')(
    'reaches beyond PATH_MAX, also from another thread than the walk',
    async () => {
      const dir = tree(fresh(), { [rawName('\xff')]: {} });
      const name = 'd'.repeat(200);
      const script = `cd $'\\xff'
for i in $(seq 60); do mkdir ${name} && cd $_; done; echo deep > f`;
      execFileSync('bash', ['-c', script], { cwd: dir });
      const item = walked(dir).items.at(-1);
      if (item?.kind !== 'entry') throw new Error('no file found');
      const code = `
        const { parentPort, workerData } = require('node:worker_threads');
        const { fstatSync } = require('node:fs');
        import(workerData.module).then(({ openEntryFile }) => {
          const fd = openEntryFile(Buffer.from(workerData.path));
          parentPort.postMessage(fstatSync(fd, { bigint: true }).ino);
        });`;
      const module = `${import.meta.dirname}/../../src/files/read/open-entry-file.ts`;
      const workerData = { module, path: item.osPath };
      const worker = new Worker(code, { eval: true, workerData });
      const inode: unknown = await new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
      expect(inode).toBe(item.entry.inode);
      expect(item.osPath.length).toBeGreaterThan(12_000);
      await worker.terminate();
      execFileSync('rm', ['-rf', dir]);
    },
  );
});

test('an unreadable file is told from the rest', () => {
  const dir = tree(fresh(), { f: 'x' });
  execFileSync('chmod', ['000', `${dir}/f`]);
  execFileSync('chmod', ['755', base, dir]);
  const script = `
    const { openEntryFile, readFailureOf } =
      await import('${import.meta.dirname}/../../src/files/read/open-entry-file.ts');
    if (process.getuid() === 0) process.setuid(65534);
    try { openEntryFile(Buffer.from('${dir}/f')); console.log('opened'); }
    catch (error) { console.log(readFailureOf(error), error.message); }`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString();
  expect(output.trim()).toBe('unreadable permission denied');
  expect(statSync(`${dir}/f`).mode & 0o777).toBe(0);
});
