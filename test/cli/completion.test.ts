import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Home } from './support/program.ts';
import { Terminal } from './support/terminal.ts';

const folder = fileURLToPath(new URL('../../completions/', import.meta.url));

const FILES = { bash: 'cybs3.bash', zsh: '_cybs3', fish: 'cybs3.fish' } as const;
type Shell = keyof typeof FILES;
const SHELLS = Object.keys(FILES) as Shell[];

function isThere(shell: Shell): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test.each(SHELLS)('completions/ has what `cybs3 completion %s` prints', async (shell) => {
  await using home = await Home.make();
  const { stdout, exitCode } = await home.run(['completion', shell]);
  expect(exitCode).toBe(0);
  await expect(stdout).toMatchFileSnapshot(`../../completions/${FILES[shell]}`);
});

test('another shell is refused', async () => {
  await using home = await Home.make();
  const { exitCode, stderr } = await home.run(['completion', 'csh']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});

/** A shell at a prompt `>`, with the completion loaded. */
async function openShell(shell: Shell, home: Home): Promise<Terminal> {
  const env = { ...home.env, PS1: '> ', ZDOTDIR: home.path, XDG_CONFIG_HOME: home.in('xdg') };
  const script = `${folder}${FILES[shell]}`;
  const starts: Record<Shell, readonly string[]> = {
    bash: ['--norc', '--noprofile', '-i'],
    zsh: ['-d', '-i'],
    fish: ['-i'],
  };
  const setUp: Record<Shell, string> = {
    bash: `bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; source '${script}'`,
    zsh: `fpath=(${folder} $fpath); autoload -U compinit; compinit -u -D; PS1='> '; LISTMAX=999`,
    fish: `function fish_prompt; echo '> '; end; source '${script}'`,
  };
  await mkdir(home.in('xdg', 'fish'), { recursive: true });
  await writeFile(home.in('.zshrc'), '');
  const terminal = new Terminal([shell, ...starts[shell]], env, home.path);
  terminal.type(`${setUp[shell]}; echo rea''dy\r`);
  await terminal.expect(/ready\s/);
  return terminal;
}

describe.each(SHELLS)('%s', (shell) => {
  const runs = test.skipIf(process.platform === 'win32' || !isThere(shell));

  runs('completes commands, subcommands, options and their values', async () => {
    await using home = await Home.make();
    const terminal = await openShell(shell, home);
    try {
      terminal.type('cybs3 snap\t');
      await terminal.expect(/cybs3 snapshots/);
      terminal.type('\x15cybs3 vault ini\t');
      await terminal.expect(/cybs3 vault init/);
      terminal.type('\x15cybs3 --vault x backup --skip-if\t');
      await terminal.expect(/--skip-if-unchanged/);
      terminal.type('\x15cybs3 vault init --cipher cha\t');
      await terminal.expect(/--cipher chacha20-poly1305/);
    } finally {
      terminal.kill();
    }
  });

  runs('completes file names where paths are meant', async () => {
    await using home = await Home.make();
    await writeFile(home.in('holiday-pictures'), '');
    const terminal = await openShell(shell, home);
    try {
      terminal.type('cybs3 backup ./holi\t');
      await terminal.expect(/holiday-pictures/);
    } finally {
      terminal.kill();
    }
  });

  runs('never evaluates what was typed', async () => {
    await using home = await Home.make();
    const terminal = await openShell(shell, home);
    try {
      for (const word of ['$(touch evil)', '`touch evil`', '"$(touch evil)"', "';touch evil;'"]) {
        terminal.type(`\x15cybs3 restore ${word} --over\t`);
        await new Promise((resolve) => setTimeout(resolve, 300));
        terminal.type(`\x15cybs3 --vault ${word} backup --fo\t`);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      terminal.type('\x15echo stillhere\r');
      await terminal.expect(/stillhere\s/);
    } finally {
      terminal.kill();
    }
    expect(existsSync(home.in('evil'))).toBe(false);
  });
});
