import { expect, test } from 'vitest';
import { PackDirectoryWriter } from '../../src/format/pack.ts';
import { saveGcRecord } from '../../src/vault/gc/gc-state.ts';
import { IndexWriter } from '../../src/vault/index/index-writer.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import { newVault, random } from '../support/test-vault.ts';

const CONDEMNED = 'aa'.repeat(16);
const LASTING = 'bb'.repeat(16);

/** An index file that says that a pack holds those chunks. */
async function index(vault: Awaited<ReturnType<typeof newVault>>, pack: string, ids: Uint8Array[]) {
  const directory = new PackDirectoryWriter();
  for (const id of ids) directory.add(id, 0, 10, 10);
  const writer = new IndexWriter(vault);
  writer.add({ id: pack, room: 'data', sealedBytes: 1000, directory: directory.take() });
  await writer.flush();
}

test('the place of a chunk in a condemned pack counts only where there is no other', async () => {
  const vault = await newVault();
  const [both, single] = [random(32), random(32)];
  // Index files are read in the order of their names, which are random: several of each.
  for (let i = 0; i < 4; i++) {
    await index(vault, CONDEMNED, [both, single]);
    await index(vault, LASTING, [both]);
  }
  const packs = { data: [CONDEMNED], meta: [] };
  await saveGcRecord(vault, { type: 'condemned', timeMs: 0, graceMs: 0, packs });
  for (const isForLookups of [false, true]) {
    const { chunks, packs: list } = await loadIndex(vault, { isForLookups });
    const packOf = (id: Uint8Array) => list.idOf(chunks.packOf(chunks.find(id)));
    expect(packOf(both)).toBe(LASTING);
    expect(packOf(single)).toBe(CONDEMNED);
  }
});
