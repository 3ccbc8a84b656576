/**
 * Prunes one time after the other, with a short grace, killed now and then.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SharedVault } from './shared-vault.ts';
import { GRACE } from './shared-vault.ts';

const KILLED_SHARE = 0.4;

export class PruneLoop {
  readonly #vault: SharedVault;
  readonly #next: () => number;
  readonly #counts = { prunes: 0, killed: 0, failed: 0 };
  #pruneMs = 2500;

  constructor(vault: SharedVault, next: () => number) {
    this.#vault = vault;
    this.#next = next;
  }

  get story(): string {
    const { prunes, killed, failed } = this.#counts;
    return `prune: ${prunes} runs, ${killed} killed, ${failed} failed`;
  }

  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      const isKilled = this.#next() < KILLED_SHARE;
      const killAfterMs = isKilled ? this.#next() * this.#pruneMs * 1.2 : undefined;
      const startedMs = performance.now();
      const argv = ['prune', '--grace', GRACE, '--max-unused', '0'];
      const { exitCode, stderr } = await this.#vault.run(argv, killAfterMs);
      this.#counts.prunes++;
      if (exitCode === undefined) this.#counts.killed++;
      else if (exitCode === 0) this.#pruneMs = performance.now() - startedMs;
      else {
        this.#counts.failed++;
        // It may find that others changed what it looked at, and say so; it never ends as if something were damaged.
        expect([1, 11], stderr).toContain(exitCode);
        console.log(`prune: exit ${exitCode}: ${stderr.slice(0, 300)}`);
      }
      await sleep(this.#next() * 2000);
    }
  }
}
