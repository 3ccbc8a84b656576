/**
 * The whole program on the same incompressible bytes, to hold the sum of the pieces against.
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { measure, run } from '../measure.ts';
import { createCybs3 } from '../tools/cybs3.ts';
import type { Job } from '../tools/tool.ts';
import type { Content } from './inputs.ts';
import type { Rate } from './meter.ts';

const ROUNDS = 3;

export interface WholeBackup {
  /** A backup of the file into a new vault in a directory, start-up and all. */
  readonly backup: Rate;
  /** The same again: nothing is read, so this is about what starting and ending takes. */
  readonly unchanged: Rate;
}

/** The best of three by CPU time. @param bin path of a built `bin/cybs3.js` */
export function meterBackup({ file, bytes }: Content, work: string, bin: string): WholeBackup {
  const tool = createCybs3('cybs3', bin);
  const rounds = Array.from({ length: ROUNDS }, (): WholeBackup => {
    const folder = join(work, 'backup');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const place = { work: folder, directory: join(folder, 'vault') };
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      ...tool.environment(place),
    };
    const options = { work: folder, environment };
    run(tool.init(place), options);
    const job: Job = { place, source: file, snapshot: '', to: dirname(file), sparse: false };
    const rate = (name: string): Rate => {
      const { userS, systemS, wallS } = measure(tool.backup(job), options);
      return { name, bytes, cpuS: userS + systemS, wallS };
    };
    return { backup: rate('backup, whole program'), unchanged: rate('the same, nothing to do') };
  });
  rmSync(join(work, 'backup'), { recursive: true, force: true });
  const best = (rates: readonly Rate[]): Rate =>
    rates.reduce((least, rate) => (rate.cpuS < least.cpuS ? rate : least));
  return {
    backup: best(rounds.map(({ backup }) => backup)),
    unchanged: best(rounds.map(({ unchanged }) => unchanged)),
  };
}
