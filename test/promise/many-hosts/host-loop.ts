/**
 * One host: changes its files, backs them up, forgets now and then; and is killed now and then at whatever it does.
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { random } from '../../support/tree.ts';
import type { Ended, JsonEvent, SharedVault } from './shared-vault.ts';
import { GRACE } from './shared-vault.ts';

const FILES = 12;
/** Shared between hosts, so that they need each other's chunks. */
const CONTENTS = 40;
const KILLED_SHARE = 0.4;
/** Codes of a run that may end so beside others: done, done in part, busy. */
const FINE = [0, 3, 11];

/** Name to SHA-256 of the content. */
type Tree = ReadonlyMap<string, string>;

export class HostLoop {
  readonly #vault: SharedVault;
  readonly #name: string;
  readonly #next: () => number;
  readonly #source: string;
  /** What was acknowledged and is not forgotten, by snapshot. */
  readonly #kept = new Map<string, Tree>();
  /** Every backup that may have made a snapshot, in order; undefined where nobody knows its name. */
  readonly #order: (string | undefined)[] = [];
  readonly #counts = { backups: 0, killed: 0, forgotten: 0, failed: 0 };
  #backupMs = 2500;
  acknowledged = 0;

  constructor(vault: SharedVault, name: string, next: () => number) {
    this.#vault = vault;
    this.#name = name;
    this.#next = next;
    this.#source = vault.home.in('sources', name);
    mkdirSync(this.#source, { recursive: true });
    for (let n = 0; n < FILES; n++) this.#writeFile(n);
  }

  get story(): string {
    const { backups, killed, forgotten, failed } = this.#counts;
    const done = `${backups} backups, ${killed} killed, ${failed} failed, ${forgotten} forgets`;
    return `${this.#name}: ${done}, ${this.#kept.size} kept`;
  }

  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      this.#change();
      await this.#backUp();
      if (this.#next() < 0.35) await this.#forget();
    }
  }

  #writeFile(n: number): void {
    const seed = Math.floor(this.#next() * CONTENTS);
    // Sizes follow from the seed, too: equal contents are equal chunks on every host.
    const bytes = random(20_000 + seed * 15_000, seed);
    writeFileSync(join(this.#source, `file-${n}`), bytes);
  }

  #change(): void {
    for (let n = 0; n < FILES; n++) if (this.#next() < 0.3) this.#writeFile(n);
  }

  #killAfter(usualMs: number): number | undefined {
    return this.#next() < KILLED_SHARE ? this.#next() * usualMs * 1.2 : undefined;
  }

  async #backUp(): Promise<void> {
    const killAfterMs = this.#killAfter(this.#backupMs);
    const before = treeOf(this.#source);
    const startedMs = performance.now();
    const argv = ['backup', this.#source, '--host', this.#name];
    const ended = await this.#vault.run(argv, killAfterMs);
    this.#count(ended);
    if (ended.exitCode === 0) this.#backupMs = performance.now() - startedMs;
    const id = summaryOf(ended)?.['snapshotId'];
    if (typeof id !== 'string') {
      this.#order.push(undefined);
      return;
    }
    this.#order.push(id);
    this.#kept.set(id, before);
    this.acknowledged++;
  }

  #count({ exitCode, stderr }: Ended): void {
    this.#counts.backups++;
    if (exitCode === undefined) this.#counts.killed++;
    else if (exitCode !== 0) {
      this.#counts.failed++;
      // Others delete meanwhile: a backup may have to give up, and say so, but never save what is not there.
      expect([...FINE, 1], stderr).toContain(exitCode);
      console.log(`${this.#name}: exit ${exitCode}: ${stderr.slice(0, 300)}`);
    }
  }

  /** Keeps a few by policy, or forgets one by name. Whoever is killed may have forgotten them, or not. */
  async #forget(): Promise<void> {
    const ids = [...this.#kept.keys()];
    if (ids.length < 3) return;
    const byName =
      this.#next() < 0.5 ? ids[Math.floor(this.#next() * (ids.length - 1))] : undefined;
    const what = byName === undefined ? ['--keep-last', '3', '--host', this.#name] : [byName];
    const argv = ['forget', ...what, '--grace', GRACE];
    const { exitCode, stderr } = await this.#vault.run(argv, this.#killAfter(1500));
    this.#counts.forgotten++;
    if (exitCode !== undefined) expect(exitCode, stderr).toBe(0);
    // Of the last three some may be snapshots whose names nobody knows: the others are kept for certain.
    const last = new Set(this.#order.slice(-3));
    const gone = byName === undefined ? ids.filter((id) => !last.has(id)) : [byName];
    for (const id of gone) this.#kept.delete(id);
  }

  async expectAllRestore(): Promise<void> {
    for (const [id, tree] of this.#kept) {
      const target = this.#vault.home.in('restored', this.#name);
      rmSync(target, { recursive: true, force: true });
      const argv = ['restore', `${id}:${this.#source}`, '--to', target];
      const { exitCode, stderr } = await this.#vault.run(argv);
      expect(exitCode, `${this.#name} ${id}: ${stderr}`).toBe(0);
      expect(treeOf(target), `${this.#name} ${id}`).toEqual(tree);
    }
  }
}

function summaryOf({ events }: Ended): JsonEvent | undefined {
  return events.find(({ type }) => type === 'summary');
}

function treeOf(folder: string): Tree {
  const names = readdirSync(folder).sort();
  return new Map(
    names.map((name) => {
      const content = readFileSync(join(folder, name));
      return [name, createHash('sha256').update(content).digest('hex')];
    }),
  );
}
