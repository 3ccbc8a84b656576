/**
 * The vault that all hosts share, and the program that is run on it as a process of its own.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Home } from '../../cli/support/program.ts';
import { WORDS } from '../../cli/support/program.ts';
import type { Place } from '../places.ts';

const isSlow = process.env['SLOW'] !== undefined || process.env['MINUTES'] !== undefined;
/** So short that packs are condemned and deleted many times in a run. */
const GRACE_SECONDS = isSlow ? 20 : 5;
export const GRACE = `${GRACE_SECONDS}s`;

export interface JsonEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Ended {
  /** Undefined where it was killed. */
  readonly exitCode: number | undefined;
  readonly events: readonly JsonEvent[];
  readonly stderr: string;
}

export class SharedVault {
  readonly home: Home;
  readonly #place: Place;
  readonly #at: readonly string[];

  private constructor(home: Home, place: Place) {
    this.home = home;
    this.#place = place;
    const words = ['--mnemonic-file', home.in('words.txt')];
    this.#at = ['--vault', place.location, ...place.flags, ...words];
  }

  static async make(home: Home, place: Place): Promise<SharedVault> {
    writeFileSync(home.in('words.txt'), WORDS, { mode: 0o600 });
    const words = ['--mnemonic-file', home.in('words.txt'), '--no-confirm'];
    const argv = ['vault', 'init', place.location, ...place.flags, ...words];
    const init = await home.run(argv, { env: place.env });
    expect(init.exitCode, init.stderr).toBe(0);
    return new SharedVault(home, place);
  }

  /** Runs a command to its end, or kills it after `killAfterMs`. */
  async run(argv: readonly string[], killAfterMs?: number): Promise<Ended> {
    const child = this.home.start([...argv, ...this.#at, '--json'], { env: this.#place.env });
    const timer =
      killAfterMs === undefined
        ? undefined
        : setTimeout(() => child.kill('SIGKILL'), Math.max(1, killAfterMs));
    const { exitCode, stdout, stderr } = await child;
    clearTimeout(timer);
    return { exitCode, stderr, events: eventsIn(stdout) };
  }

  async expectClean(): Promise<void> {
    const { exitCode, events, stderr } = await this.run(['check', '--read-data']);
    const findings = events.filter(({ type, severity }) => {
      return type === 'finding' && severity === 'error';
    });
    expect([exitCode, findings], stderr).toEqual([0, []]);
  }

  /** Once nothing runs any more, two prunes that are a grace apart leave nothing that nobody needs. */
  async expectNothingUnneeded(): Promise<void> {
    await this.#prune();
    await sleep((GRACE_SECONDS + 2) * 1000);
    await this.#prune();
    const { exitCode, events } = await this.run(['check', '--read-data']);
    const findings = events.filter(({ type }) => type === 'finding');
    expect([exitCode, findings]).toEqual([0, []]);
  }

  async #prune(): Promise<void> {
    const { exitCode, stderr } = await this.run(['prune', '--grace', GRACE, '--max-unused', '0']);
    expect(exitCode, stderr).toBe(0);
  }
}

/** Whole lines only: who is killed may have written half of one. */
function eventsIn(stdout: string): JsonEvent[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as JsonEvent);
}
