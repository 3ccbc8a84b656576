/**
 * Each piece of a backup alone, in bytes per CPU second, beside what openssl, zstd and cp make of the same bytes; and
 * the sum of the pieces beside what the whole program takes.
 *
 *     npm run bench:pieces -- [--mib 1024] [--data DIR] [--work DIR] [--cybs3 bin/cybs3.js]
 *                             [--json FILE] [--write-docs]
 *
 * @module
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { GiB, MiB } from '../../src/base/units.ts';
import { writePart } from '../report/made-part.ts';
import type { Content } from './inputs.ts';
import { prepareContents } from './inputs.ts';
import type { Rate } from './meter.ts';
import { copySpeeds, opensslSpeed, zstdSpeed } from './others.ts';
import {
  meterCompress,
  meterCut,
  meterDecompress,
  meterDirectoryPut,
  meterIds,
  meterOpen,
  meterPack,
  meterRead,
  meterSeal,
} from './ours.ts';
import { meterBackup } from './whole-backup.ts';

const string = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    mib: { ...string, default: '1024' },
    data: { ...string, default: '/tmp/cybs3-bench-data' },
    work: { ...string, default: '/tmp/cybs3-bench/pieces' },
    cybs3: { ...string, default: resolve(import.meta.dirname, '../../bin/cybs3.js') },
    json: string,
    'write-docs': { type: 'boolean', default: false },
  },
});

const isThere = (rate: Rate | undefined): rate is Rate => rate !== undefined;

function table(title: string, rates: readonly Rate[]): string {
  const head = `| ${title} | MB per CPU s | CPU s per GiB | wall MB/s |`;
  const rows = rates.map(({ name, bytes, cpuS, wallS }) => {
    const speed = (seconds: number) => (bytes / seconds / 1e6).toFixed(0);
    const cost = ((cpuS / bytes) * GiB).toFixed(3);
    return `| ${name} | ${speed(cpuS)} | ${cost} | ${speed(wallS)} |`;
  });
  return [head, '| --- | --: | --: | --: |', ...rows].join('\n');
}

async function meterOurs(random: Content, text: Content, work: string) {
  const parts = {
    read: await meterRead(random),
    cut: await meterCut(random),
    ids: await meterIds(random),
    pack: await meterPack(random),
    put: await meterDirectoryPut(random, work),
  };
  const rest = [
    await meterCut(text),
    await meterCompress(random),
    await meterCompress(text),
    await meterDecompress(text),
    await meterSeal(random),
    await meterOpen(random),
    await meterPack(text),
  ];
  return { parts: Object.values(parts), rest: rest.filter(isThere) };
}

function meterOthers(random: Content, text: Content, work: string): Rate[] {
  return [
    opensslSpeed('openssl aes-256-gcm', ['-evp', 'aes-256-gcm']),
    opensslSpeed('openssl sha256', ['-evp', 'sha256']),
    ...zstdSpeed(random, work),
    ...zstdSpeed(text, work),
    ...copySpeeds(random, work),
  ].filter(isThere);
}

const work = resolve(values.work);
mkdirSync(work, { recursive: true });
const contents = prepareContents(resolve(values.data), Number(values.mib) * MiB);
const [random, text] = contents;
if (!random || !text) throw new Error('there are two contents');
const { parts, rest } = await meterOurs(random, text, work);
const others = meterOthers(random, text, work);
const whole = meterBackup(random, work, resolve(values.cybs3));

const perGib = ({ cpuS, bytes }: Rate) => (cpuS / bytes) * GiB;
const sum = parts.reduce((total, rate) => total + perGib(rate), 0);
const startS = whole.unchanged.cpuS;
const net = ((whole.backup.cpuS - startS) / random.bytes) * GiB;
const made = [
  table('what a backup of incompressible data does', parts),
  table('other pieces', rest),
  table('for comparison', others),
  table('the whole program', [whole.backup]),
  `Sum of the pieces: ${sum.toFixed(2)} CPU s per GiB. The backup took ` +
    `${perGib(whole.backup).toFixed(2)} (${(perGib(whole.backup) / sum).toFixed(2)}×), and ` +
    `${net.toFixed(2)} (${(net / sum).toFixed(2)}×) without the ${startS.toFixed(2)} CPU s ` +
    'that it takes where nothing has changed.',
].join('\n\n');
console.log(made);
if (values['write-docs']) writePart('bench:pieces', made);
if (values.json !== undefined) {
  const all = { parts, rest, others, whole, sumPerGib: sum, netPerGib: net };
  writeFileSync(values.json, `${JSON.stringify(all, undefined, 2)}\n`);
}
rmSync(join(work, 'put'), { recursive: true, force: true });
