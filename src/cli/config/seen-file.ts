/**
 * The file in which this machine remembers the snapshots of a vault, in the state folder.
 * @module
 */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toHex } from '../../base/bytes.ts';
import type { RandomBytes } from '../../base/ports.ts';
import type { MemoryFile } from '../../vault/history/snapshot-memory.ts';
import { SEEN_BYTES_MAX } from '../../vault/history/seen-snapshots.ts';

/** @param random for names of unfinished files: two runs may write at once */
export function seenFile(path: string, random: RandomBytes): MemoryFile {
  return {
    async load() {
      try {
        await using file = await open(path, 'r');
        const { size } = await file.stat();
        return size > SEEN_BYTES_MAX ? undefined : await file.readFile();
      } catch {
        return undefined;
      }
    },
    async save(bytes) {
      const part = `${path}.${toHex(random(4))}.part`;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        await writeWhole(part, bytes);
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true }).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** For this user only. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(bytes);
  await file.sync();
}
