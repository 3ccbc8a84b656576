/**
 * A child process that replaces a few objects of a directory store until it is killed or orphaned. Object `n`
 * is `n % 3 + 1` MiB of the byte `n`.
 * @module
 */
import { MiB } from '../../src/base/units.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import type { StorableBytes } from '../../src/base/brand.ts';

const store = new DirectoryStore(process.argv[2] ?? '');
const parent = process.ppid;
for (let n = 0; process.ppid === parent; n = (n + 1) % 256) {
  const body = new Uint8Array(((n % 3) + 1) * MiB).fill(n);
  await store.put(`data/${n % 5}/object`, body as StorableBytes);
}
