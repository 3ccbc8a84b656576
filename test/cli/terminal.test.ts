import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseMnemonic } from '../../src/crypto/mnemonic.ts';
import { Home, OTHER_WORDS, PROGRAM, WORDS } from './support/program.ts';
import { Terminal } from './support/terminal.ts';

function open(home: Home, argv: readonly string[]): Terminal {
  return new Terminal([...PROGRAM, ...argv], home.env, home.path);
}

/** The words in a numbered table, in order. */
function wordsIn(text: string): string[] {
  const words: string[] = [];
  for (const [, number, word] of text.matchAll(/ (\d+) {2}([a-z]+)/g)) {
    words[Number(number) - 1] = word ?? '';
  }
  return words;
}

describe.skipIf(process.platform === 'win32')('on a terminal', () => {
  test('init shows a numbered table and asks three of the words back', async () => {
    await using home = await Home.make();
    const terminal = open(home, ['vault', 'init', 'v']);
    await terminal.expect(/Three of them/);
    const words = wordsIn(terminal.text);
    expect(words).toHaveLength(12);
    parseMnemonic(words.join(' '));
    const asked: number[] = [];
    for (let i = 0; i < 3; i++) {
      const match = await terminal.expect(/\? Word (\d+):/);
      asked.push(Number(match[1]));
      expect(existsSync(home.in('v', 'vault.json'))).toBe(false);
      terminal.type(`${words[Number(match[1]) - 1]}\r`);
      await terminal.expect(/✔ Word \d+:/);
    }
    expect(await terminal.ended).toBe(0);
    expect(new Set(asked).size).toBe(3);
    expect(terminal.text).toContain('is ready at');
    expect(existsSync(home.in('v', 'vault.json'))).toBe(true);
  });

  test('a wrong word is asked for again, and leaving then makes no vault', async () => {
    await using home = await Home.make();
    const terminal = open(home, ['vault', 'init', 'v']);
    await terminal.expect(/\? Word \d+:/);
    terminal.type('zzz\r');
    await terminal.expect(/that is not word \d+/);
    terminal.type('\x03');
    expect(await terminal.ended).toBe(130);
    expect(existsSync(home.in('v', 'vault.json'))).toBe(false);
  });

  test('init --no-confirm asks nothing', async () => {
    await using home = await Home.make();
    const terminal = open(home, ['vault', 'init', 'v', '--no-confirm', '--words', '24']);
    expect(await terminal.ended).toBe(0);
    expect(wordsIn(terminal.text)).toHaveLength(24);
  });

  test('words are asked for masked, and again while they are none', async () => {
    await using home = await Home.make();
    await home.vault('v');
    const terminal = open(home, ['snapshots', '--vault', './v']);
    await terminal.expect(/The vault's words:/);
    terminal.type(`${WORDS.replace('about', 'abuot')}\r`);
    await terminal.expect(/word 12 is not in the word list/);
    terminal.type('\x15');
    terminal.type(`${WORDS}\r`);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text).toContain('no snapshots');
    expect(terminal.text).not.toContain('abandon');
  });

  test('the words of another vault end with 12', async () => {
    await using home = await Home.make();
    await home.vault('v');
    const terminal = open(home, ['snapshots', '--vault', './v']);
    await terminal.expect(/The vault's words:/);
    terminal.type(`${OTHER_WORDS}\r`);
    expect(await terminal.ended).toBe(12);
  });

  test('Ctrl-C at a prompt ends with 130', async () => {
    await using home = await Home.make();
    await home.vault('v');
    const terminal = open(home, ['snapshots', '--vault', './v']);
    await terminal.expect(/The vault's words:/);
    terminal.type('\x03');
    expect(await terminal.ended).toBe(130);
  });

  test('nobody is asked where stdin is no terminal', async () => {
    await using home = await Home.make();
    await home.vault('v');
    const { exitCode, stderr } = await home.run(['snapshots', '--vault', './v']);
    expect(exitCode).toBe(2);
    expect(stderr).not.toContain("The vault's words:");
  });
});
