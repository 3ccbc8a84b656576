/**
 * Measurements, kept as they come: one JSON document a line, so that a bench that is killed loses nothing and can
 * go on with `--resume`.
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Machine } from './machine.ts';
import type { Taken } from './measure.ts';

/** One tool on one data set and target, once. */
export interface SequenceKey {
  readonly set: string;
  readonly target: string;
  readonly run: number;
  readonly tool: string;
}

export interface Figures extends Taken {
  /** What went to the repository and came from it: on S3 as the server counted, else by how it grew. */
  readonly upBytes?: number;
  readonly downBytes?: number;
  readonly requests?: number;
  readonly repositoryBytes?: number;
}

export interface Measurement extends SequenceKey {
  readonly type: 'measurement';
  readonly work: string;
  readonly figures?: Figures;
  /** Why there are no figures. */
  readonly missing?: string;
  readonly at: string;
}

/** What was measured with: the newest of these counts. */
export interface Setting {
  readonly type: 'setting';
  readonly machine: Machine;
  /** Caches of the repository were dropped before restores. */
  readonly cold: boolean;
  readonly tools: readonly { readonly name: string; readonly version: string; setup: string }[];
  readonly sets: readonly DescribedSet[];
  /** What measured it; of results that several commands made, a line each. */
  readonly command: string;
  readonly at: string;
}

export interface DescribedSet {
  readonly name: string;
  readonly title: string;
  readonly edits: readonly { readonly name: string; readonly title: string }[];
  /** Of the full size. */
  readonly scale: number;
  readonly files: number;
  readonly bytes: number;
}

interface SequenceEnd extends SequenceKey {
  readonly type: 'end';
}

type Line = Measurement | Setting | SequenceEnd;

export class Results {
  readonly #file: string;
  readonly #lines: Line[];

  private constructor(file: string, lines: Line[]) {
    this.#file = file;
    this.#lines = lines;
  }

  static read(file: string): Results {
    mkdirSync(dirname(file), { recursive: true });
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    // A line that a kill has cut short is left out.
    const whole = text.split('\n').slice(0, -1);
    return new Results(
      file,
      whole.map((line) => JSON.parse(line) as Line),
    );
  }

  /** An empty file; what was there is kept beside it. */
  static start(file: string): Results {
    if (existsSync(file)) renameSync(file, `${file}.${Date.now()}`);
    mkdirSync(dirname(file), { recursive: true });
    return new Results(file, []);
  }

  add(line: Line): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    this.#lines.push(line);
  }

  hasEnded(key: SequenceKey): boolean {
    return this.#lines.some((line) => line.type === 'end' && isOf(line, key));
  }

  /** Of a step that was measured again after a resume, the later one. */
  get measurements(): Measurement[] {
    const newest = new Map<string, Measurement>();
    for (const line of this.#lines) {
      if (line.type !== 'measurement') continue;
      const { set, target, run, tool, work } = line;
      newest.set([set, target, run, tool, work].join('\n'), line);
    }
    return Array.from(newest.values());
  }

  /** The newest, with all data sets and commands of all of them. */
  get setting(): Setting | undefined {
    const all = this.#lines.filter((line) => line.type === 'setting');
    const last = all.at(-1);
    if (!last) return undefined;
    const sets = newestByName(all.flatMap(({ sets }) => sets));
    const tools = newestByName(all.flatMap(({ tools }) => tools));
    const command = Array.from(new Set(all.map((one) => one.command))).join('\n');
    return { ...last, sets, tools, command };
  }
}

function newestByName<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return Array.from(new Map(all.map((one) => [one.name, one] as const)).values());
}

function isOf(line: SequenceKey, key: SequenceKey): boolean {
  const isSame = line.set === key.set && line.target === key.target && line.tool === key.tool;
  return isSame && line.run === key.run;
}
