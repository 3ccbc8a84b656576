/**
 * Removes a temporary folder with all that is in it, whatever modes were restored.
 * @module
 */
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** As `rm -r`; folders that may not be changed are made changeable first. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await openFolders(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
  }
}
