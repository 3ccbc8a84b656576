/**
 * Flags that say which snapshots a command is for.
 * @module
 */
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { Io } from '../io.ts';
import { collect, collectList } from './parse.ts';

export interface FilterFlags {
  readonly host?: string[];
  readonly tag?: string[];
  readonly path?: string[];
}

export const WHICH = 'Which snapshots:';

export function addFilterOptions(command: Command): void {
  const option = (flags: string, help: string): Option => new Option(flags, help).helpGroup(WHICH);
  command
    .addOption(option('--host <name>', 'those of this host (repeatable)').argParser(collect))
    .addOption(option('--tag <tag>', 'those with this tag (repeatable)').argParser(collectList))
    .addOption(option('--path <path>', 'those of this path (repeatable)').argParser(collect));
}

/** Undefined where none of these flags was given. */
export function filterOf({ host: hosts, tag: tags, path: paths }: FilterFlags, { cwd }: Io) {
  if (!hosts && !tags && !paths) return undefined;
  return {
    ...(hosts && { hosts }),
    ...(tags && { tags }),
    ...(paths && { paths: paths.map((path) => (path[0] === '/' ? path : resolve(cwd, path))) }),
  };
}
