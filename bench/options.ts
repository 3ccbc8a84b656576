/**
 * The bench's command line.
 * @module
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TARGETS, type Target } from './tools/tool.ts';

export const USAGE = `npm run bench -- [options]

  --sets a,b          data sets, or folders by their path (default: all sets)
  --scale 0.1         make each smaller by this factor
  --source-tree DIR   sources to copy for the set "source"
  --peers a,b         tools to compare with (default: all that are installed)
  --cybs3 FILE        the bin/cybs3.js to measure (default: this project's)
  --baseline FILE     bin/cybs3.js of another build, measured as cybs3-before
  --targets a,b       directory, s3 (needs RGW_ENDPOINT and its keys), own-s3 (this project's
                      server, which the bench starts) (default: directory)
  --works a,b         steps to measure: first, unchanged, restore, list, check, one-file, prune,
                      edited-… (default: all; backups are always made)
  --runs N            how often (default: 3)
  --warm              do not take the repository out of the page cache before restores
  --settle SECONDS    how long to wait at most for an idle disk between steps (default: 90)
  --data DIR          where data sets are kept (default: /tmp/cybs3-bench-data)
  --remove-data       remove each data set after use: needs less room
  --work DIR          where tools work, and results.jsonl (default: /tmp/cybs3-bench)
  --resume            go on where an earlier bench in the same --work stopped
  --report            measure nothing: report what results.jsonl has
  --json FILE         write the report as JSON too
  --write-docs        write the tables and charts into docs/
`;

export interface BenchOptions {
  readonly sets: readonly string[] | undefined;
  readonly scale: number;
  readonly sourceTree: string | undefined;
  readonly peers: readonly string[] | undefined;
  readonly cybs3: string | undefined;
  readonly baseline: string | undefined;
  readonly targets: readonly Target[];
  readonly works: readonly string[] | undefined;
  readonly runs: number;
  readonly warm: boolean;
  readonly settleS: number;
  readonly data: string;
  readonly removeData: boolean;
  readonly work: string;
  readonly resume: boolean;
  readonly reportOnly: boolean;
  readonly json: string | undefined;
  readonly writeDocs: boolean;
}

const string = { type: 'string' } as const;
const boolean = { type: 'boolean', default: false } as const;

/** @throws Error (of `parseArgs`) for what is not understood */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sets: string,
      scale: { ...string, default: '1' },
      'source-tree': string,
      peers: string,
      cybs3: string,
      baseline: string,
      targets: { ...string, default: 'directory' },
      works: string,
      runs: { ...string, default: '3' },
      warm: boolean,
      settle: { ...string, default: '90' },
      data: { ...string, default: '/tmp/cybs3-bench-data' },
      'remove-data': boolean,
      work: { ...string, default: '/tmp/cybs3-bench' },
      resume: boolean,
      report: boolean,
      json: string,
      'write-docs': boolean,
      help: boolean,
    },
  });
  if (values.help) return undefined;
  return {
    sets: list(values.sets),
    scale: positive('--scale', values.scale),
    sourceTree: values['source-tree'],
    peers: list(values.peers),
    cybs3: values.cybs3,
    baseline: values.baseline,
    targets: (list(values.targets) ?? []).map(asTarget),
    works: list(values.works),
    runs: Math.ceil(positive('--runs', values.runs)),
    warm: values.warm,
    settleS: Math.max(0, Number(values.settle) || 0),
    data: resolve(values.data),
    removeData: values['remove-data'],
    work: resolve(values.work),
    resume: values.resume,
    reportOnly: values.report,
    json: values.json,
    writeDocs: values['write-docs'],
  };
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(',').filter((word) => word !== '');
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${flag} ${text}: a number above zero is meant`);
  return value;
}

function asTarget(text: string): Target {
  const target = TARGETS.find((one) => one === text);
  if (target) return target;
  throw new Error(`--targets ${text}: one of ${TARGETS.join(', ')} is meant`);
}
