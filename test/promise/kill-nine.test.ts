/**
 * Promise 1, "nothing is lost": a backup is killed at random moments, and every acknowledged snapshot
 * restores. Slow: SLOW=1; KILLS=50 says how often, SEED= replays.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Home, WORDS } from '../cli/support/program.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { random } from '../support/tree.ts';
import { s3Place, directoryPlace, withoutRgw, type Place } from './places.ts';

const isSlow = process.env['SLOW'] !== undefined;
const kills = Number(process.env['KILLS'] ?? (isSlow ? 50 : 4));
const fileCount = isSlow ? 60 : 12;
const FILE_BYTES = 2 * 1024 * 1024;

/** Deterministic, so that a seed replays a run (but for the speed of the machine). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface JsonEvent {
  readonly type: string;
  readonly snapshotId?: string;
  readonly bytesStored?: number;
}

function eventsIn(stdout: string): JsonEvent[] {
  const lines = stdout.split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as JsonEvent);
}

class Torture {
  readonly #home: Home;
  readonly #place: Place;
  readonly #next: () => number;
  readonly #at: string[];
  readonly #source: string;
  #version = 0;
  /** What a full run takes, to aim the kills. */
  #fullMs = 4000;

  constructor(home: Home, place: Place, seed: number) {
    this.#home = home;
    this.#place = place;
    this.#next = generator(seed);
    this.#source = home.in('source');
    const words = ['--mnemonic-file', home.in('words.txt')];
    this.#at = ['--vault', place.location, ...place.flags, ...words];
  }

  async begin(): Promise<void> {
    writeFileSync(this.#home.in('words.txt'), WORDS, { mode: 0o600 });
    mkdirSync(this.#source, { recursive: true });
    const { location, flags, env } = this.#place;
    const words = ['--mnemonic-file', this.#home.in('words.txt'), '--no-confirm'];
    const init = await this.#home.run(['vault', 'init', location, ...flags, ...words], { env });
    expect(init.exitCode, init.stderr).toBe(0);
    for (let i = 0; i < fileCount; i++) this.#write(i);
  }

  #write(file: number): void {
    const bytes = random(FILE_BYTES, ++this.#version);
    writeFileSync(join(this.#source, `file-${file}`), bytes);
  }

  /** Rewrites a third of the files. @returns how many bytes are new */
  change(): number {
    let changed = 0;
    for (let i = 0; i < fileCount; i++) {
      if (this.#next() > 0.33) continue;
      this.#write(i);
      changed += FILE_BYTES;
    }
    return changed;
  }

  /** Starts a backup and kills it. @returns what it had confirmed by then */
  async killOne(): Promise<{ acknowledged: string | undefined; checkpointed: number }> {
    const { env } = this.#place;
    const child = this.#home.start(['backup', this.#source, ...this.#at, '--json'], { env });
    await sleep(200 + this.#next() * this.#fullMs);
    child.kill('SIGKILL');
    const { stdout } = await child;
    const events = eventsIn(stdout);
    const checkpoint = events.findLast(({ type }) => type === 'checkpoint');
    const acknowledged = events.find(({ type }) => type === 'summary')?.snapshotId;
    return { acknowledged, checkpointed: checkpoint?.bytesStored ?? 0 };
  }

  /** Runs a backup to its end. @returns its snapshot and what it sent */
  async complete(): Promise<{ id: string; bytesStored: number }> {
    const { env } = this.#place;
    const started = performance.now();
    const run = await this.#home.run(['backup', this.#source, ...this.#at, '--json'], { env });
    this.#fullMs = Math.max(500, performance.now() - started);
    expect(run.exitCode, run.stderr).toBe(0);
    const summary = eventsIn(run.stdout).find(({ type }) => type === 'summary');
    expect(summary?.snapshotId).toBeDefined();
    return { id: summary?.snapshotId ?? '', bytesStored: summary?.bytesStored ?? 0 };
  }

  async restoresAs(id: string): Promise<string[]> {
    const target = this.#home.in('restored');
    rmSync(target, { recursive: true, force: true });
    const { env } = this.#place;
    const argv = ['restore', `${id}:${this.#source}`, '--to', target, ...this.#at];
    const run = await this.#home.run(argv, { env });
    expect(run.exitCode, run.stderr).toBe(0);
    return compareTrees(this.#source, target);
  }

  async checkAll(): Promise<void> {
    const { env } = this.#place;
    const check = await this.#home.run(['check', '--read-data', ...this.#at], { env });
    expect(check.exitCode, check.stdout + check.stderr).toBe(0);
  }
}

async function torture(place: (home: Home) => Promise<Place> | Place): Promise<void> {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  console.log(`kill -9: SEED=${seed} KILLS=${kills}`);
  const home = await Home.make();
  try {
    const run = new Torture(home, await place(home), seed);
    await run.begin();
    let newBytes = fileCount * FILE_BYTES;
    let acknowledgedLate = 0;
    for (let i = 0; i < kills; i++) {
      const { acknowledged, checkpointed } = await run.killOne();
      if (acknowledged !== undefined) {
        acknowledgedLate++;
        expect(await run.restoresAs(acknowledged), `acknowledged ${acknowledged}`).toEqual([]);
      }
      const { id, bytesStored } = await run.complete();
      // Nothing that a checkpoint had confirmed is sent again (with room for padding and metadata).
      const most = newBytes - checkpointed + 4 * 1024 * 1024 + newBytes * 0.04;
      expect(bytesStored, `after ${checkpointed} were confirmed`).toBeLessThanOrEqual(most);
      expect(await run.restoresAs(id)).toEqual([]);
      newBytes = run.change();
    }
    await run.checkAll();
    console.log(`kill -9: ${kills} kills, ${acknowledgedLate} came after the acknowledgement`);
  } finally {
    await home[Symbol.asyncDispose]();
  }
}

describe('a backup that is killed loses nothing that was acknowledged', () => {
  const limit = 40 * 60_000;

  it('in a directory', async () => torture((home) => directoryPlace(home.in('vault'))), limit);

  it.skipIf(withoutRgw)('in a bucket on S3', async () => torture(() => s3Place()), limit);
});
