/**
 * One phase in a process of its own, so that its time and memory are its alone: `node phase.ts PHASE FOLDER FILES`.
 * @module
 */
import { generateEntries } from './generated.ts';
import { joinUnchanged, loadWholeIndex, readManifest } from './read-back.ts';
import { saveFiles } from './save.ts';
import { makeVault, reopenVault } from './vault-folder.ts';

const [, , phase = '', folder = '', files = ''] = process.argv;
const count = Number(files);

switch (phase) {
  case 'generate':
    for (const entry of generateEntries(count)) entry.size = 0;
    break;
  case 'save':
    await saveFiles(await makeVault(folder), count);
    break;
  case 'load-index':
    await loadWholeIndex(await reopenVault(folder), count);
    break;
  case 'read-manifest':
    await readManifest(await reopenVault(folder), count);
    break;
  case 'join-unchanged':
    await joinUnchanged(await reopenVault(folder), count);
    break;
  default:
    throw new Error(`there is no phase ${phase}`);
}
