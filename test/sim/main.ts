/**
 * Runs many histories, in several processes, or one again:
 *
 *     HISTORIES=10000 FIRST=1 PROCESSES=2 node test/sim/main.ts
 *     SEED=4711 PLAN=hosts=2,jobs=5 node test/sim/main.ts
 *
 * Prints each broken promise with its seed, and the history of the first one, made shorter. Exit code 1 where any was.
 * @module
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { HistoryResult } from './history.ts';
import { runHistory } from './history.ts';
import { describe, headline, overridesOf } from './report.ts';
import { shrink } from './shrink.ts';
import { makeTemplate } from './world/template.ts';

const { env } = process;
const overrides = overridesOf(env['PLAN'] ?? '');

/** What a process tells of one history. */
type Told = Pick<HistoryResult, 'seed' | 'steps'> & {
  readonly ends: readonly (readonly [string, number])[];
  readonly broken?: string;
};

async function runSome(): Promise<void> {
  const template = await makeTemplate();
  const [first, last, step] = (env['SIM_SEEDS'] ?? '').split(' ').map(Number) as number[];
  for (let seed = first ?? 0; seed <= (last ?? 0); seed += step ?? 1) {
    const result = await runHistory(template, { seed, overrides });
    const broken = result.violation && { broken: headline(result) };
    const told: Told = { seed, steps: result.steps, ends: [...result.ends], ...broken };
    process.send?.(told);
  }
  process.disconnect();
}

async function runAll(): Promise<void> {
  const histories = Number(env['HISTORIES'] ?? 1000);
  const first = Number(env['FIRST'] ?? 1);
  const processes = Number(env['PROCESSES'] ?? availableParallelism());
  const startedMs = performance.now();
  const ends = new Map<string, number>();
  const broken: number[] = [];
  let [done, steps] = [0, 0];
  const take = (told: Told): void => {
    done++;
    steps += told.steps;
    for (const [how, count] of told.ends) ends.set(how, (ends.get(how) ?? 0) + count);
    if (told.broken !== undefined) {
      broken.push(told.seed);
      console.log(told.broken);
    }
    if (done % 500 === 0) console.error(`${done} histories, ${broken.length} broken`);
  };
  const runs = Array.from({ length: processes }, (_, i) => {
    const seeds = `${first + i} ${first + histories - 1} ${processes}`;
    return runProcess(seeds, take);
  });
  await Promise.all(runs);
  const sorted = [...ends].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [how, count] of sorted) console.log(`${String(count).padStart(8)} ${how}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${done} histories, ${steps} steps, ${broken.length} broken, in ${seconds} s`);
  const [worst] = broken.sort((a, b) => a - b);
  if (worst !== undefined) await showOne(worst, true);
  process.exitCode = broken.length > 0 || done < histories ? 1 : 0;
}

function runProcess(seeds: string, take: (told: Told) => void): Promise<void> {
  return new Promise((resolve) => {
    const child = fork(import.meta.filename, { env: { ...env, SIM_SEEDS: seeds } });
    child.on('message', take);
    child.on('exit', () => resolve());
  });
}

async function showOne(seed: number, isShrunk: boolean): Promise<void> {
  const template = await makeTemplate();
  const options = { seed, overrides };
  const result = await runHistory(template, options);
  const isBroken = result.violation !== undefined;
  const shown = isBroken && isShrunk ? (await shrink(template, result, options)).options : options;
  console.log(await describe(template, shown));
  process.exitCode = isBroken ? 1 : 0;
}

if (env['SIM_SEEDS'] !== undefined) await runSome();
else if (env['SEED'] !== undefined) await showOne(Number(env['SEED']), false);
else await runAll();
