/**
 * The program's version, as `package.json` says.
 * @module
 */
import { readFileSync } from 'node:fs';

/** Works from `src/cli` and from `dist/cli`: both lie two folders below the package. */
export function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const version: unknown = (JSON.parse(text) as Record<string, unknown>)['version'];
  return typeof version === 'string' ? version : '0.0.0';
}
