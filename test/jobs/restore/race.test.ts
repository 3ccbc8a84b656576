/** Somebody who may write into the target swaps folders for links all the time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toPathKey } from '../../../src/files/path.ts';
import { newVault } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tree } from '../../support/tree.ts';
import { restoreAll, save } from './fixture.ts';

const ROUNDS = process.env['SLOW'] ? 60 : 6;

const SWAP = `
const fs = require('node:fs');
const [folder, outside] = process.argv.slice(1);
process.stdout.write('ready');
// Not for ever: whoever kills the test run leaves no attacker behind.
const parent = process.ppid;
while (process.ppid === parent) {
  try {
    fs.renameSync(folder, folder + '.aside');
    fs.symlinkSync(outside, folder);
    for (const start = performance.now(); performance.now() - start < 0.3; );
    fs.unlinkSync(folder);
    fs.renameSync(folder + '.aside', folder);
  } catch {}
  try { fs.renameSync(folder + '.aside', folder); } catch {}
}`;

test.runIf(process.platform === 'linux')(
  'a folder that turns into a link while we write into it leads nowhere',
  async () => {
    const folder = temporaryFolder();
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, `${i}`]));
    tree(source, { d: { ...files, e: files } });
    const vault = await newVault();
    const snapshot = await save(vault, [source]);
    const path = toPathKey(Buffer.from(source));
    const attacker = spawn(process.execPath, ['-e', SWAP, join(target, 'd'), outside]);
    try {
      await once(attacker.stdout, 'data');
      for (let round = 0; round < ROUNDS; round++) {
        const options = { overwrite: 'always', delete: true, verify: true, threads: 2 } as const;
        await restoreAll(vault, { snapshot, target, path, ...options });
        expect(readdirSync(outside)).toEqual([]);
      }
    } finally {
      attacker.kill('SIGKILL');
      await once(attacker, 'exit');
      rmSync(target, { recursive: true, force: true });
    }
  },
  10 * ROUNDS * 1000,
);
