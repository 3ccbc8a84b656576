import { mkdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { holdInstanceLock } from '../../../src/servers/database/instance-lock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const busy = expect.objectContaining({ code: 'serve/busy' });
const source = join(import.meta.dirname, '../../../src/servers/database/instance-lock.ts');

/** Holds the lock of `folder` until it is killed. */
async function holdElsewhere(where: string): Promise<{ kill: () => Promise<void> }> {
  const script = `
    import { holdInstanceLock } from ${JSON.stringify(source)};
    globalThis.lock = holdInstanceLock(${JSON.stringify(where)});
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.stderr.once('data', (text) => reject(new Error(String(text))));
  });
  return {
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

test('one server has a folder, in this process or another, and gives it back', () => {
  const lock = holdInstanceLock(folder);
  expect(() => holdInstanceLock(folder)).toThrow(busy);
  lock[Symbol.dispose]();
  lock[Symbol.dispose]();
  holdInstanceLock(folder)[Symbol.dispose]();
});

test('folders have locks of their own', () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  mkdirSync(a);
  mkdirSync(b);
  using _first = holdInstanceLock(a);
  using _second = holdInstanceLock(b);
});

test('a server that was killed leaves nothing locked', async () => {
  const other = await holdElsewhere(folder);
  expect(() => holdInstanceLock(folder)).toThrow(busy);
  await other.kill();
  holdInstanceLock(folder)[Symbol.dispose]();
});

test('a folder that is not there cannot be served', () => {
  const missing = expect.objectContaining({ code: 'serve/config' });
  expect(() => holdInstanceLock(join(folder, 'nowhere'))).toThrow(missing);
});
