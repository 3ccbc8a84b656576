/**
 * The bench: every tool on every data set and target, in turn (A B A B …).
 *
 *     npm run bench -- --help
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadyData } from './data/catalog.ts';
import { chooseSets, forgetData, prepareData } from './data/catalog.ts';
import { describeMachine, setSettleTime, treeSize, waitUntilQuiet } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { USAGE, parseOptions } from './options.ts';
import { DOCS } from './report/made-part.ts';
import { toMarkdown } from './report/markdown.ts';
import { summarize } from './report/summary.ts';
import { writeDocs } from './report/write-docs.ts';
import { Results } from './results.ts';
import { connectToCeph } from './s3/ceph.ts';
import { startOwnServer } from './s3/own.ts';
import { S3Server } from './s3/s3-server.ts';
import { OURS, binOf, chooseTools } from './tools/catalog.ts';
import type { Target, Tool } from './tools/tool.ts';
import { directoryRepository, s3Repository } from './work/repository.ts';
import { runSequence } from './work/sequence.ts';

type Servers = ReadonlyMap<Target, S3Server>;

const say = (line: string): void => console.error(line);

class Bench {
  readonly #options: BenchOptions;
  readonly #results: Results;
  readonly #tools: readonly Tool[];
  readonly #servers: Servers;

  constructor(options: BenchOptions, results: Results, servers: Servers) {
    this.#options = options;
    this.#results = results;
    this.#servers = servers;
    this.#tools = chooseTools(options);
  }

  async run(): Promise<void> {
    const { data: base, scale, sourceTree, removeData } = this.#options;
    for (const set of chooseSets(this.#options.sets)) {
      say(`${set.name}: making or finding its data`);
      const data = prepareData(set, base, { scale, sourceTree });
      this.#describe(data);
      await waitUntilQuiet();
      for (const target of this.#options.targets) await this.#runTarget(data, target);
      if (removeData) forgetData(data);
    }
  }

  async #runTarget(data: ReadyData, target: Target): Promise<void> {
    for (let run = 1; run <= this.#options.runs; run++) {
      for (const tool of this.#tools) await this.#runTool(data, target, run, tool);
    }
  }

  async #runTool(data: ReadyData, target: Target, run: number, tool: Tool): Promise<void> {
    const key = { set: data.set.name, target, run, tool: tool.name };
    if (this.#results.hasEnded(key) || tool.cannot?.(target) !== undefined) return;
    const { work, works, warm } = this.#options;
    const folder = join(work, `${key.set}-${target}-${tool.name}`);
    const server = this.#servers.get(target);
    const repository = server
      ? s3Repository(server, folder, `${key.set}-${tool.name}`)
      : directoryRepository(folder);
    const results = this.#results;
    try {
      await runSequence({ key, tool, data, repository, results, works, warm, report: say });
    } catch (error) {
      // One tool that does not even start must not cost the others their turn.
      say(
        `${key.set} ${target} ${tool.name}: ${error instanceof Error ? error.message : 'failed'}`,
      );
    }
  }

  #describe({ set, folder }: ReadyData): void {
    const { scale, warm } = this.#options;
    this.#results.add({
      type: 'setting',
      machine: describeMachine(),
      cold: !warm,
      tools: this.#tools.map(({ name, version, setup }) => {
        return { name, version: version() ?? '?', setup };
      }),
      sets: [
        {
          name: set.name,
          title: set.title,
          scale,
          edits: set.edits.map(({ name, title }) => ({ name, title })),
          ...treeSize(folder),
        },
      ],
      command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
      at: new Date().toISOString(),
    });
  }
}

function report(results: Results, { json, writeDocs: toDocs }: BenchOptions): void {
  const summary = summarize(results.measurements, results.setting, OURS);
  console.log(toMarkdown(summary, OURS));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(summary, undefined, 2)}\n`);
  if (toDocs) writeDocs(summary, DOCS, OURS);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (!options) return console.log(USAGE);
  setSettleTime(options.settleS);
  const file = join(options.work, 'results.jsonl');
  const goesOn = options.resume || options.reportOnly;
  const results = goesOn ? Results.read(file) : Results.start(file);
  if (!options.reportOnly) {
    const servers = new Map<Target, S3Server>();
    try {
      if (options.targets.includes('s3')) {
        servers.set('s3', await S3Server.open(connectToCeph(process.env)));
      }
      if (options.targets.includes('own-s3')) {
        const own = await startOwnServer(binOf(options), join(options.work, 'own-s3'));
        servers.set('own-s3', await S3Server.open(own));
      }
      await new Bench(options, results, servers).run();
    } finally {
      for (const server of servers.values()) await server.close();
    }
  }
  report(results, options);
}

await main();
