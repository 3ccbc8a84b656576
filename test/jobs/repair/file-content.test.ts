import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/base/bytes.ts';
import { AppError } from '../../../src/base/failure.ts';
import { EntryType } from '../../../src/format/entry.ts';
import { emptyEntry } from '../../../src/format/entry-row.ts';
import { ChunkSaver } from '../../../src/jobs/repair/snapshots/chunk-saver.ts';
import { contentState } from '../../../src/jobs/repair/snapshots/file-content.ts';
import { ChunkTable } from '../../../src/vault/index/chunk-table.ts';

/** A chunk of a file: there, gone with its length known from the index, or gone without a trace. */
interface Piece {
  readonly bytes: number;
  readonly is: 'there' | 'gone' | 'unknown';
}

const pieces = fc.array(
  fc.record({
    bytes: fc.integer({ min: 1, max: 9_000_000 }),
    is: fc.constantFrom<Piece['is']>('there', 'there', 'gone', 'unknown'),
  }),
  { maxLength: 12 },
);

/** Runs of neighbours that are gone, each with whether all their lengths are known. */
function gapsIn(file: readonly Piece[]): boolean[] {
  const gaps: boolean[] = [];
  for (const [n, { is }] of file.entries()) {
    if (is === 'there') continue;
    const isKnown = is === 'gone';
    if (n === 0 || file[n - 1]?.is === 'there') gaps.push(isKnown);
    else gaps.push((gaps.pop() ?? true) && isKnown);
  }
  return gaps;
}

/** @param more bytes that the file should have besides those of its chunks */
async function stateOf(file: readonly Piece[], isList: boolean, more = 0) {
  const [chunks, known] = [ChunkTable.create(1000), ChunkTable.create(1000)];
  const ids = Buffer.from(randomBytes(file.length * 32));
  const lengths = new Map<string, number>();
  for (const [n, { bytes, is }] of file.entries()) {
    const place = { pack: 0, offset: 0, storedBytes: bytes, rawBytes: bytes, codec: 0 };
    if (is === 'there') chunks.add(ids, n * 32, place);
    if (is !== 'unknown') known.add(ids, n * 32, place);
    lengths.set(ids.toString('hex', n * 32, n * 32 + 32), bytes);
  }
  // A stand-in for the keyed hash: which zeros are saved shows in their ids.
  const zeros = (chunk: Uint8Array): Uint8Array => {
    const id = Buffer.alloc(32);
    id.writeUInt32BE(chunk.length);
    lengths.set(toHex(id), chunk.length);
    return id;
  };
  const saver = new ChunkSaver(chunks, zeros, undefined);
  const list = Buffer.alloc(32, 1);
  const load = async (id: Uint8Array): Promise<Uint8Array> => {
    if (toHex(id) === toHex(list)) return ids;
    throw new AppError('chunk/missing', 'no such list');
  };
  const size = file.reduce((sum, { bytes }) => sum + bytes, more);
  const entry = { ...emptyEntry(Buffer.from('f'), EntryType.file), size };
  const content = isList
    ? ({ content: list, contentDepth: 1 } as const)
    : ({ content: ids, contentDepth: 0 } as const);
  const parts = { chunks, known, source: { load }, saver };
  return { state: await contentState({ ...entry, ...content }, parts, true), ids, lengths };
}

describe('a file of which chunks are gone', () => {
  test('gets zeros where they were, if it can be known where that was', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (file, wantsList) => {
        const { state, ids, lengths } = await stateOf(file, wantsList && file.length > 0);
        const gaps = gapsIn(file);
        expect(state.isWhole).toBe(gaps.length === 0);
        const isHopeless = gaps.filter((isKnown) => !isKnown).length > 1;
        expect(state.mended === undefined).toBe(gaps.length === 0 || isHopeless);
        if (!state.mended) return;
        // Every chunk that is there begins where it began, and the file ends where it ended.
        const starts = new Map<string, number>();
        let at = 0;
        for (let i = 0; i < state.mended.length; i += 32) {
          const id = Buffer.from(state.mended).toString('hex', i, i + 32);
          starts.set(id, at);
          at += lengths.get(id) ?? NaN;
        }
        expect(at).toBe(file.reduce((sum, { bytes }) => sum + bytes, 0));
        let expected = 0;
        for (const [n, { bytes, is }] of file.entries()) {
          const id = ids.toString('hex', n * 32, n * 32 + 32);
          if (is === 'there') expect(starts.get(id)).toBe(expected);
          expected += bytes;
        }
      }),
    );
  });

  test('cannot be mended where its size leaves no room, or nothing is gone', async () => {
    const there = await stateOf([{ bytes: 5, is: 'there' }], false, 1);
    expect(there.state).toMatchObject({ isWhole: false, isMismatched: true, lostBytes: 1 });
    const gone = [
      { bytes: 5, is: 'there' },
      { bytes: 3, is: 'unknown' },
    ] as const;
    expect((await stateOf(gone, false, -3)).state.mended).toBeUndefined();
    expect((await stateOf([{ bytes: 5, is: 'gone' }], false, 2)).state.mended).toBeUndefined();
  });
});
