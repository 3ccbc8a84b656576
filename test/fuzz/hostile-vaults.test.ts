/**
 * The real program reads vaults that somebody with the keys made to harm it: it ends, soon, with an exit code that
 * says so, in little memory, and writes nowhere but below the target. One command each; all of them with SLOW=1.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DirectoryStore } from '../../src/store/directory.ts';
import { Home, WORDS } from '../cli/support/program.ts';
import { newVault } from '../support/test-vault.ts';
import { HostileWriter } from './hostile-writer.ts';
import { HOSTILE_VAULTS } from './hostile-vaults.ts';
import type { HostileVault } from './hostile-vaults.ts';

const isSlow = process.env['SLOW'] !== undefined;
const TIME_MS_MAX = 60_000;
const MEMORY_BYTES_MAX = 800 * 1024 * 1024;

let home: Home;
beforeAll(async () => {
  home = await Home.make();
  writeFileSync(home.in('words.txt'), WORDS, { mode: 0o600 });
});
afterAll(async () => {
  await rm(home.path, { recursive: true, force: true }).catch(() => undefined);
});

interface Outcome {
  readonly exitCode: number | undefined;
  readonly stderr: string;
  readonly peakBytes: number;
}

/** Runs the program, and kills it when it takes too long. */
async function run(argv: readonly string[]): Promise<Outcome> {
  const child = home.start(argv);
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, peakOf(child.pid))), 20);
  const kill = setTimeout(() => child.kill('SIGKILL'), TIME_MS_MAX);
  try {
    const { exitCode, stderr } = await child;
    return { exitCode, stderr: stderr.slice(0, 4000), peakBytes };
  } finally {
    clearInterval(watch);
    clearTimeout(kill);
  }
}

/** The most memory that a process has had so far, as the kernel tells it. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function write(vault: HostileVault, folder: string): Promise<string[]> {
  await using opened = await newVault(new DirectoryStore(folder));
  await vault.write(new HostileWriter(opened));
  vault.plant?.(folder);
  return ['--vault', folder, '--mnemonic-file', home.in('words.txt')];
}

describe.skipIf(platform() !== 'linux')('a hostile vault', () => {
  test.each(HOSTILE_VAULTS.map((vault, n) => [vault.name, vault, n] as const))(
    'with %s harms nobody',
    async (_name, vault, n) => {
      const place = home.in(`place-${n}`);
      mkdirSync(place);
      const at = await write(vault, home.in(`vault-${n}`));
      const commands = [
        ['check', '--read-data', ...at],
        ['restore', 'latest', '--to', `${place}/target`, ...at],
        ['ls', 'latest', '--recursive', ...at],
      ];
      const some = isSlow ? commands : commands.slice(n % 3, (n % 3) + 1);
      for (const argv of some) {
        const { exitCode, stderr, peakBytes } = await run(argv);
        const said = `${argv[0]}: ${stderr}`;
        expect(exitCode, `ended by itself: ${said}`).toBeDefined();
        expect([0, 1, 3, 13], said).toContain(exitCode);
        expect(stderr, said).not.toMatch(/assertion failed|internal|bug|RangeError|TypeError/);
        expect(peakBytes, `memory of ${said}`).toBeLessThan(MEMORY_BYTES_MAX);
      }
      expect(readdirSync(place).filter((one) => one !== 'target')).toEqual([]);
      expect(existsSync(home.in('outside'))).toBe(false);
    },
    4 * TIME_MS_MAX,
  );
});
