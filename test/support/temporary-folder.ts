/**
 * A folder for one test file, removed after it.
 * @module
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Makes a fresh folder now and removes it, with all in it, when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cybs3-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
