import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { compareFolders } from '../../src/cli/quickstart/compare-folders.ts';
import { Home } from './support/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test.skipIf(!existsSync(`${root}dist/cli/quickstart.js`))(
  'quickstart saves and restores a folder and finds no difference',
  async () => {
    await using home = await Home.make();
    await mkdir(home.in('mine', 'sub'), { recursive: true });
    await writeFile(home.in('mine', 'sub', 'file'), 'content');
    const argv = [`${root}bin/quickstart.js`, home.in('mine')];
    const { stdout, exitCode } = await execa(process.execPath, argv, {
      env: home.env,
      reject: false,
    });
    const place = /everything lies in (\S+)/.exec(stdout)?.[1];
    if (place !== undefined) await rm(place, { recursive: true });
    expect(stdout).toContain('identical: 3 files, folders and links, 7 B');
    expect(stdout).toMatch(/listening on http:/);
    expect(exitCode).toBe(0);
  },
);

test('the comparison sees what differs', async () => {
  await using home = await Home.make();
  for (const side of ['a', 'b']) {
    await mkdir(home.in(side));
    await writeFile(home.in(side, 'same'), 'x');
    await writeFile(home.in(side, 'content'), side);
  }
  await writeFile(home.in('a', 'only-a'), '');
  await writeFile(home.in('b', 'only-b'), '');
  const { utimes } = await import('node:fs/promises');
  for (const side of ['a', 'b']) {
    await utimes(home.in(side, 'same'), 1, 1);
    await utimes(home.in(side, 'content'), 1, 1);
  }
  const { differences } = await compareFolders(home.in('a'), home.in('b'));
  expect(differences).toEqual([
    `${home.in('a', 'content')}: has other content`,
    `${home.in('a', 'only-a')}: is missing`,
    `${home.in('a', 'only-b')}: should not be there`,
  ]);
});
