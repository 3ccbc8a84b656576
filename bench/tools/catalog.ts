/**
 * All tools that the bench knows.
 * @module
 */
import { resolve } from 'node:path';
import { createBorg } from './borg.ts';
import { createCybs3 } from './cybs3.ts';
import { kopia } from './kopia.ts';
import { restic } from './restic.ts';
import { rustic } from './rustic.ts';
import type { Tool } from './tool.ts';

/** The one that all others are compared with. */
export const OURS = 'cybs3';

export const PEERS: readonly Tool[] = [
  restic,
  createBorg('borg', 'lz4'),
  createBorg('borg-zstd', 'zstd,3'),
  rustic,
  kopia,
];

const HERE = resolve(import.meta.dirname, '../../bin/cybs3.js');

export interface ToolChoice {
  /** Those that are installed, where undefined. One asked for by name that is not there is an error. */
  readonly peers: readonly string[] | undefined;
  /** `bin/cybs3.js` of the build to measure, if not this project's. */
  readonly cybs3: string | undefined;
  /** `bin/cybs3.js` of another build, measured as `cybs3-before`. */
  readonly baseline: string | undefined;
}

/** The `bin/cybs3.js` of what is measured. */
export function binOf({ cybs3 }: Pick<ToolChoice, 'cybs3'>): string {
  return cybs3 === undefined ? HERE : resolve(cybs3);
}

/** Ours first. */
export function chooseTools({ peers, cybs3, baseline }: ToolChoice): Tool[] {
  const ours = [createCybs3(OURS, binOf({ cybs3 }))];
  if (baseline !== undefined) ours.push(createCybs3('cybs3-before', resolve(baseline)));
  if (peers === undefined) return [...ours, ...PEERS.filter((tool) => tool.version())];
  return [...ours, ...peers.map(installedPeer)];
}

function installedPeer(name: string): Tool {
  const tool = PEERS.find((one) => one.name === name);
  if (!tool) throw new Error(`${name} is not known; there are ${PEERS.map((p) => p.name).join()}`);
  if (tool.version() === undefined) throw new Error(`${name} is not installed`);
  return tool;
}
