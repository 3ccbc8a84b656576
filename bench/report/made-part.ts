/**
 * The parts of docs/performance.md that are made and not written: each between two marks.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Each is named after the script that makes it. */
export type MadePart = 'bench' | 'bench:pieces' | 'bench:growth' | 'bench:server';

export const DOCS = resolve(import.meta.dirname, '../../docs');

/** Puts `made` in the place of what was there before. @throws Error where a mark is missing */
export function replaceMade(page: string, part: MadePart, made: string): string {
  const begin = `<!-- made by \`npm run ${part} -- --write-docs\`: do not edit -->`;
  const end = `<!-- end of ${part} -->`;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`performance.md has lost the marks of ${part}`);
  return `${page.slice(0, from)}${begin}\n\n${made.trim()}\n\n${page.slice(to)}`;
}

/** Does so in docs/performance.md. */
export function writePart(part: MadePart, made: string, docs = DOCS): void {
  const page = `${docs}/performance.md`;
  writeFileSync(page, replaceMade(readFileSync(page, 'utf8'), part, made));
}

/** The command that made it, as a block of Markdown. */
export function commandBlock(command: string): string {
  return ['Made by', '', '```sh', command, '```'].join('\n');
}
