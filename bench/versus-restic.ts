/**
 * First backup and full restore beside restic, in turn (A B A B …), on the same data and disk.
 *
 *     node bench/versus-restic.ts [--runs 3] [--work /tmp/bench] <folder or file>...
 *
 * Needs restic and GNU time. Prints wall and CPU seconds, peak memory and repository size as medians, and the
 * ratio restic / cybs3 run by run. The page cache is warm after the first, uncounted read of the data.
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

interface Figures {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMb: number;
}

interface Tool {
  readonly name: string;
  readonly init: (work: string) => void;
  readonly backup: (work: string, data: string) => readonly string[];
  readonly restore: (work: string, data: string) => readonly string[];
}

const WORDS =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
const CYBS3 = resolve(import.meta.dirname, '../bin/cybs3.js');

const cybs3: Tool = {
  name: 'cybs3',
  init: (work) => {
    const words = join(work, 'words');
    writeFileSync(words, WORDS, { mode: 0o600 });
    run(['node', CYBS3, 'vault', 'init', join(work, 'repo'), '--mnemonic-file', words], work);
  },
  backup: (work, data) => ['node', CYBS3, 'backup', data, ...vaultFlags(work)],
  restore: (work) => ['node', CYBS3, 'restore', 'latest', '--to', out(work), ...vaultFlags(work)],
};

const restic: Tool = {
  name: 'restic',
  init: (work) => run(['restic', 'init', '-r', join(work, 'repo')], work),
  backup: (work, data) => ['restic', '-q', '-r', join(work, 'repo'), 'backup', data],
  restore: (work) => {
    const repository = ['-r', join(work, 'repo')];
    return ['restic', '-q', ...repository, 'restore', 'latest', '--target', out(work)];
  },
};

function vaultFlags(work: string): string[] {
  return ['--vault', join(work, 'repo'), '--mnemonic-file', join(work, 'words'), '--quiet'];
}

function out(work: string): string {
  return join(work, 'restored');
}

function environment(work: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    RESTIC_PASSWORD: 'bench',
    RESTIC_CACHE_DIR: join(work, 'cache'),
    CYBS3_CONFIG_DIR: join(work, 'config'),
  };
}

function run(argv: readonly string[], work: string): void {
  const [command = '', ...rest] = argv;
  execFileSync(command, rest, { env: environment(work), stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Runs a command under GNU time. */
function measure(argv: readonly string[], work: string): Figures {
  const figures = join(work, 'time');
  const done = spawnSync('/usr/bin/time', ['-f', '%e %U %S %M', '-o', figures, ...argv], {
    env: environment(work),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stderr = done.stderr.toString('utf8');
  if (done.status !== 0) throw new Error(`${argv.join(' ')} failed: ${stderr}`);
  const text = execFileSync('tail', ['-n', '1', figures]).toString('utf8');
  const [wall = 0, user = 0, system = 0, peakKb = 0] = text.trim().split(' ').map(Number);
  return { wall, cpu: user + system, peakMb: peakKb / 1024 };
}

function repositoryMb(work: string): number {
  const text = execFileSync('du', ['-sb', join(work, 'repo')]).toString('utf8');
  return Number(text.split('\t')[0]) / 2 ** 20;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

interface Round {
  readonly backup: Figures;
  readonly restore: Figures;
  readonly repoMb: number;
}

function oneRound(tool: Tool, base: string, data: string): Round {
  const work = join(base, tool.name);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  tool.init(work);
  const backup = measure(tool.backup(work, data), work);
  const repoMb = repositoryMb(work);
  execFileSync('sync');
  const restore = measure(tool.restore(work, data), work);
  execFileSync('sync');
  rmSync(work, { recursive: true, force: true });
  return { backup, restore, repoMb };
}

function row(name: string, tool: string, figures: readonly Figures[], extra = ''): string {
  const column = (pick: (figures: Figures) => number) => median(figures.map(pick)).toFixed(1);
  const [wall, cpu, peak] = [column((f) => f.wall), column((f) => f.cpu), column((f) => f.peakMb)];
  return `| ${name} | ${tool} | ${wall} | ${cpu} | ${peak} | ${extra} |`;
}

function ratios(a: readonly Figures[], b: readonly Figures[]): string {
  const each = a.map((figures, i) => (b[i]?.wall ?? 0) / figures.wall);
  return `median ${median(each).toFixed(2)} (${each.map((x) => x.toFixed(2)).join(', ')})`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    work: { type: 'string', default: '/tmp/cybs3-bench' },
  },
});
for (const data of positionals.map((path) => resolve(path))) {
  // Through a pipe: tar does not read files at all when it writes to /dev/null itself.
  execFileSync('sh', ['-c', 'tar -cf - "$0" 2>/dev/null | wc -c', data], { stdio: 'ignore' });
  const rounds: Record<string, Round[]> = { cybs3: [], restic: [] };
  for (let i = 0; i < Number(values.runs); i++) {
    for (const tool of [cybs3, restic]) {
      rounds[tool.name]?.push(oneRound(tool, values.work, data));
    }
  }
  console.log(`\n${data}, ${values.runs} runs of each in turn\n`);
  console.log('| work | tool | wall s | CPU s | peak MB | repository MB |');
  console.log('|---|---|---|---|---|---|');
  const [ours = [], theirs = []] = [rounds['cybs3'], rounds['restic']];
  for (const work of ['backup', 'restore'] as const) {
    for (const [tool, list] of Object.entries(rounds)) {
      const size = work === 'backup' ? median(list.map((r) => r.repoMb)).toFixed(0) : '';
      console.log(
        row(
          work,
          tool,
          list.map((r) => r[work]),
          size,
        ),
      );
    }
    const ratio = ratios(
      ours.map((r) => r[work]),
      theirs.map((r) => r[work]),
    );
    console.log(`\nrestic / cybs3, wall, ${work}: ${ratio}\n`);
  }
}
