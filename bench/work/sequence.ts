/**
 * Takes one tool through all steps on one data set and target, once, and writes each measurement down as it is made.
 * @module
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadyData } from '../data/catalog.ts';
import { readIntoCache, removeTree, treeSize, waitUntilQuiet } from '../machine.ts';
import type { TreeSize } from '../machine.ts';
import { measure, run } from '../measure.ts';
import type { Figures, Measurement, Results, SequenceKey } from '../results.ts';
import type { Job, Place, Tool } from '../tools/tool.ts';
import { cacheFolder } from '../tools/tool.ts';
import type { Repository } from './repository.ts';
import type { Step } from './steps.ts';
import { stepsFor } from './steps.ts';

export interface SequenceParts {
  readonly key: SequenceKey;
  readonly tool: Tool;
  readonly data: ReadyData;
  readonly repository: Repository;
  readonly results: Results;
  /** Names of steps to measure; all by default. The first backup is always made. */
  readonly works: readonly string[] | undefined;
  /** Leave the repository in the page cache. */
  readonly warm: boolean;
  readonly report: (line: string) => void;
}

export async function runSequence(parts: SequenceParts): Promise<void> {
  const { data, repository, results, tool, key } = parts;
  const { place } = repository;
  await removeTree(place.work);
  await repository.remove();
  mkdirSync(cacheFolder(place), { recursive: true });
  mkdirSync(join(place.work, 'home'));
  data.refresh();
  try {
    const environment = environmentFor(tool, place);
    run(tool.init(place), { work: place.work, environment });
    const sequence = new Sequence(parts, environment);
    for (const step of stepsFor(data.set, data.set.oneFile(data.folder))) {
      if (!(await sequence.take(step))) break;
    }
    results.add({ type: 'end', ...key });
  } finally {
    data.journal.undo();
    await removeTree(place.work);
    await repository.remove();
  }
}

function environmentFor(tool: Tool, place: Place): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: join(place.work, 'home'),
    XDG_CACHE_HOME: cacheFolder(place),
    XDG_CONFIG_HOME: join(place.work, 'config'),
    ...tool.environment(place),
  };
}

class Sequence {
  readonly #parts: SequenceParts;
  readonly #environment: Record<string, string>;
  #newest = '';

  constructor(parts: SequenceParts, environment: Record<string, string>) {
    this.#parts = parts;
    this.#environment = environment;
  }

  /** @returns false where the steps after it make no sense */
  async take(step: Step): Promise<boolean> {
    const { works, data } = this.#parts;
    if (step.edit) {
      step.edit.apply(data.folder, data.journal);
      data.journal.settle();
      data.refresh();
    }
    const isWanted = works === undefined || works.includes(step.work) || step.work === 'first';
    if (!isWanted && !step.makesSnapshot) return true;
    if (step.makesSnapshot) this.#newest = step.work;
    try {
      this.#write(step, { figures: await this.#measure(step) });
      return true;
    } catch (error) {
      this.#write(step, { missing: error instanceof Error ? error.message : String(error) });
      // Without its backup there is nothing to list or restore.
      return !step.makesSnapshot;
    }
  }

  async #measure(step: Step): Promise<Figures> {
    const { tool, data, repository, warm } = this.#parts;
    const { place } = repository;
    const to = join(place.work, `to-${step.work}`);
    const job: Job = {
      place,
      source: data.folder,
      snapshot: this.#newest,
      to,
      sparse: data.set.sparse === true,
    };
    const command = step.command(tool, job);
    if (!command) throw new Error('not there');
    mkdirSync(to, { recursive: true });
    if (step.warmSource) readIntoCache(data.folder);
    await waitUntilQuiet();
    if (step.coldRepository && !warm) repository.dropFromCache();
    const bringBack = step.coldCache ? putAway(cacheFolder(place)) : undefined;
    try {
      const since = await repository.watch();
      const stdoutFile = step.restores === 'one' ? join(to, 'stdout') : '/dev/null';
      const options = { work: place.work, environment: this.#environment, stdoutFile };
      const taken = measure(command, options);
      const traffic = await since();
      if (step.restores) this.#verify(step.restores, to);
      return { ...taken, ...traffic, repositoryBytes: await repository.bytes() };
    } finally {
      bringBack?.();
    }
  }

  /** A restore that does not bring everything back would be fast. */
  #verify(what: 'all' | 'one', to: string): void {
    const { data } = this.#parts;
    const oneFile = data.set.oneFile(data.folder);
    const wanted = treeSize(what === 'all' ? data.folder : oneFile);
    const got = what === 'all' ? treeSize(to) : withoutEmpty(treeSize(to));
    if (got.bytes === wanted.bytes && got.files >= wanted.files) return;
    const say = ({ files, bytes }: TreeSize): string => `${files} files, ${bytes} bytes`;
    throw new Error(`restored ${say(got)} instead of ${say(wanted)}`);
  }

  #write(step: Step, outcome: Pick<Measurement, 'figures' | 'missing'>): void {
    const { key, results, report } = this.#parts;
    const at = new Date().toISOString();
    results.add({ type: 'measurement', ...key, work: step.work, ...outcome, at });
    report(`${key.set} ${key.target} run ${key.run} ${key.tool} ${step.work}: ${say(outcome)}`);
  }
}

/** What a tool prints to stdout counts as restored; of the others that file stays empty. */
function withoutEmpty({ files, bytes }: TreeSize): TreeSize {
  return { files: Math.max(1, files - 1), bytes };
}

/** Moves a folder aside. @returns what brings it back as it was */
function putAway(folder: string): () => void {
  const aside = `${folder}.kept`;
  renameSync(folder, aside);
  mkdirSync(folder);
  return () => {
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  };
}

function say({ figures, missing }: Pick<Measurement, 'figures' | 'missing'>): string {
  if (!figures) return missing ?? 'nothing';
  const { wallS, userS, systemS, peakKb, requests } = figures;
  const cpu = `${userS.toFixed(1)} + ${systemS.toFixed(1)} s CPU`;
  const asked = requests === undefined ? '' : `, ${requests} requests`;
  return `${wallS.toFixed(2)} s, ${cpu}, ${Math.round(peakKb / 976.6)} MB${asked}`;
}
