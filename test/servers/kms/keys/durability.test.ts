import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestKms } from './test-kms.ts';

const folder = temporaryFolder();
const writer = fileURLToPath(new URL('./write-for-ever.ts', import.meta.url));
const KILLS = Number(process.env['KILLS'] ?? 5);

/** @returns what the writer had acknowledged when it was killed, as `[what, value, name]` */
async function killedWhileWriting(file: string): Promise<string[][]> {
  const child = spawn(process.execPath, ['--no-warnings', writer, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child.stdout, 'data');
  await sleep(Math.random() * 150);
  child.kill('SIGKILL');
  await once(child, 'close');
  // What comes after the last line end was cut off.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '));
}

describe('a KMS that is killed', () => {
  it(`has everything it acknowledged, ${KILLS} times`, { timeout: 600_000 }, async () => {
    const file = join(mkdtempSync(join(folder, 'kms-')), 'kms.db');
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await killedWhileWriting(file);
      expect(acknowledged.length).toBeGreaterThan(0);
      using kms = new TestKms(file);
      for (const [what, value = '', name = ''] of acknowledged) {
        if (what === 'blob') expect(await kms.decrypt(value)).toBe(name);
        else expect(await kms.describe(value)).toMatchObject({ Description: name });
        if (what === 'rotated') expect(kms.keys.find(value, kms.nowMs)?.version).toBe(2);
      }
      expect(kms.db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    }
  });
});
