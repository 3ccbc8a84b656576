/**
 * How cost grows with the number of files, up to ten million that are not there: manifest, chunk table and
 * index are real, the file system is generated. Each phase runs in a process of its own.
 *
 *     npm run bench:growth -- [--sizes 10000,100000,1000000,10000000] [--work DIR] [--cybs3 bin/cybs3.js]
 *                             [--json FILE] [--write-docs]
 *
 * @module
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { treeSize } from '../machine.ts';
import type { Taken } from '../measure.ts';
import { measure } from '../measure.ts';
import { writePart } from '../report/made-part.ts';
import { createCybs3 } from '../tools/cybs3.ts';
import type { Command } from '../tools/tool.ts';
import { pathOf } from './generated.ts';
import type { Point } from './line.ts';
import { leavesLineAt, slopesOf } from './line.ts';
import { WORDS } from './vault-folder.ts';

const PHASES: readonly (readonly [phase: string, title: string])[] = [
  ['generate', 'the simulation itself: entries that go nowhere'],
  ['save', 'first backup but for the files: table, manifest, index, snapshot'],
  ['load-index', 'load the index into the table'],
  ['read-manifest', 'read the manifest through'],
  ['join-unchanged', 'backup without change, but for the walk'],
  ['list-folder', '`cybs3 ls` of one folder in the middle'],
];

const round = (value: number, digits: number): string => value.toFixed(digits);

interface Grown extends Taken {
  readonly phase: string;
  readonly files: number;
  readonly vaultBytes: number;
}

const string = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    sizes: { ...string, default: '10000,100000,1000000,10000000' },
    work: { ...string, default: '/tmp/cybs3-bench/growth' },
    cybs3: { ...string, default: resolve(import.meta.dirname, '../../bin/cybs3.js') },
    json: string,
    'write-docs': { type: 'boolean', default: false },
  },
});

function measureSize(files: number, work: string): Grown[] {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const vault = join(work, 'vault');
  writeFileSync(join(work, 'words'), WORDS, { mode: 0o600 });
  return PHASES.map(([phase]) => {
    const taken = measurePhase(phase, vault, files, work);
    const grown = {
      phase,
      files,
      ...taken,
      vaultBytes: existsSync(vault) ? treeSize(vault).bytes : 0,
    };
    const mb = Math.round(taken.peakKb / 976.6);
    console.error(
      `${files} files, ${phase}: ${round(taken.userS + taken.systemS, 2)} CPU s, ${mb} MB`,
    );
    return grown;
  });
}

function measurePhase(phase: string, vault: string, files: number, work: string): Taken {
  const place = { work, directory: vault };
  const tool = createCybs3('cybs3', resolve(values.cybs3));
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: work,
    XDG_CACHE_HOME: join(work, 'cache'),
    ...tool.environment(place),
  };
  const script = join(import.meta.dirname, 'phase.ts');
  const argv =
    phase === 'list-folder'
      ? listFolder(vault, files)
      : [process.execPath, script, phase, vault, String(files)];
  const command: Command = { argv };
  return measure(command, { work, environment });
}

function listFolder(vault: string, files: number): string[] {
  const names = pathOf(files >> 1)
    .toString('latin1')
    .split('\0');
  const folder = `latest:/${names.slice(0, -1).join('/')}`;
  return [process.execPath, resolve(values.cybs3), 'ls', folder, '--vault', vault];
}

function describe(all: readonly Grown[]): string {
  const parts = PHASES.map(([phase, title]) => {
    const rows = all.filter((one) => one.phase === phase);
    return describePhase(title, rows);
  });
  const sizes = all.filter(({ phase }) => phase === 'save');
  const stored = sizes.map(({ files, vaultBytes }) => {
    return `${round(vaultBytes / files, 0)} (${files.toLocaleString('en')} files)`;
  });
  parts.push(`Bytes of metadata stored for each file: ${stored.join(', ')}.`);
  return parts.join('\n\n');
}

function describePhase(title: string, rows: readonly Grown[]): string {
  const cpu = rows.map(({ files, userS, systemS }) => ({ items: files, value: userS + systemS }));
  const peak = rows.map(({ files, peakKb }) => ({ items: files, value: peakKb * 1024 }));
  const lines = [
    `**${title}**`,
    '',
    '| files | CPU s | wall s | peak MB | µs CPU a file more | bytes a file more |',
    '| --: | --: | --: | --: | --: | --: |',
  ];
  for (const [i, row] of rows.entries()) {
    const [time, memory] = [slopesOf(cpu)[i - 1], slopesOf(peak)[i - 1]];
    const cells = [
      row.files.toLocaleString('en'),
      round(row.userS + row.systemS, 2),
      round(row.wallS, 2),
      round(row.peakKb / 976.6, 0),
      time ? round(time.perItem * 1e6, 2) : '',
      memory ? round(memory.perItem, 1) : '',
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return [...lines, '', `${say('Time', cpu)} ${say('Memory', peak)}`].join('\n');
}

function say(what: string, points: readonly Point[]): string {
  const at = leavesLineAt(points);
  if (at === undefined) return `${what} stays on the line.`;
  return `${what} leaves the line towards ${at.toLocaleString('en')} files.`;
}

const sizes = values.sizes.split(',').map(Number);
const work = resolve(values.work);
const all = sizes.flatMap((files) => measureSize(files, work));
const made = describe(all);
console.log(made);
if (values['write-docs']) writePart('bench:growth', made);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(all, undefined, 2)}\n`);
rmSync(work, { recursive: true, force: true });
