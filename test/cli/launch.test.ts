import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { Home } from './support/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const isBuilt = existsSync(`${root}dist/cli/main.js`);
const oldNode = findOldNode();

/** A Node below 22 on this machine, if there is one. */
function findOldNode(): string | undefined {
  for (const path of ['/usr/bin/node', '/usr/local/bin/node']) {
    if (!existsSync(path)) continue;
    const major = /^v(\d+)/.exec(execFileSync(path, ['--version']).toString())?.[1];
    if (Number(major) < 22) return path;
  }
  return undefined;
}

/** A package with our `bin/` and a stand-in for the built program. */
function makePackage(home: Home, program?: string): string {
  cpSync(`${root}bin`, home.in('bin'), { recursive: true });
  writeFileSync(home.in('package.json'), '{"type":"module"}');
  mkdirSync(home.in('dist', 'cli'), { recursive: true });
  if (program !== undefined) writeFileSync(home.in('dist', 'cli', 'main.js'), program);
  return home.in('bin', 'cybs3.js');
}

const STAND_IN = `export function start() {
  const isWaiting = process.argv[2] === 'wait';
  if (isWaiting) {
    process.on('SIGTERM', () => process.exit(7));
    setInterval(() => {}, 1000);
  }
  console.log(process.version, process.argv.slice(2).join(' '), process.env.CYBS3_LAUNCHED);
  if (!isWaiting) process.exit(3);
}`;

test('without a build it says how to make one', async () => {
  await using home = await Home.make();
  const bin = makePackage(home);
  const { exitCode, stderr } = await execa(process.execPath, [bin], { reject: false });
  expect(exitCode).toBe(78);
  expect(stderr).toContain('run `npm run build`');
});

test.skipIf(!isBuilt)('the built program runs', async () => {
  await using home = await Home.make();
  const { stdout } = await execa(process.execPath, [`${root}bin/cybs3.js`, '--help'], {
    env: home.env,
  });
  expect(stdout).toContain('Usage: cybs3');
});

describe.skipIf(oldNode === undefined)('under a Node that is too old', () => {
  const old = oldNode ?? '';

  test('the one that CYBS3_NODE names runs the program, with arguments and exit code', async () => {
    await using home = await Home.make();
    const env = { ...home.env, CYBS3_NODE: process.execPath };
    const options = { env, extendEnv: false, reject: false } as const;
    const result = await execa(old, [makePackage(home, STAND_IN), 'a', 'b c'], options);
    expect(result.stdout).toBe(`${process.version} a b c undefined`);
    expect(result.exitCode).toBe(3);
  });

  test('a pinned one beside it is found', async () => {
    await using home = await Home.make();
    const bin = makePackage(home, STAND_IN);
    const pinned = home.in('node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    mkdirSync(pinned, { recursive: true });
    symlinkSync(process.execPath, `${pinned}/node`);
    const options = { env: home.env, extendEnv: false, reject: false } as const;
    expect((await execa(old, [bin], options)).stdout).toContain(process.version);
  });

  test('signals get through', async () => {
    await using home = await Home.make();
    const env = { ...home.env, CYBS3_NODE: process.execPath };
    const bin = makePackage(home, STAND_IN);
    const running = execa(old, [bin, 'wait'], { env, extendEnv: false, reject: false });
    await new Promise((resolve) => running.stdout.once('data', resolve));
    running.kill('SIGTERM');
    expect((await running).exitCode).toBe(7);
  });

  test('without another one it says what to install, and does not loop', async () => {
    await using home = await Home.make();
    const bin = makePackage(home, STAND_IN);
    for (const more of [{}, { CYBS3_NODE: old }]) {
      const env = { ...home.env, ...more };
      const result = await execa(old, [bin], { env, extendEnv: false, reject: false });
      expect(result.exitCode).toBe(78);
      expect(result.stderr).toMatch(/Node\.js \S+ is too old\n.*install Node\.js 24/);
    }
  });
});
