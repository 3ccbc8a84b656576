/**
 * Finds out which chunks are needed.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { RowSet } from '../../vault/index/row-set.ts';
import { ChunkWalk } from '../../vault/manifest/walk-chunks.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Survey } from './survey.ts';

const NODE_CACHE_BYTES = 48 * MiB;
/** Whoever wrote such a record and did not come to commit by then has died. */
export const PENDING_MS_MAX = 7 * 24 * 60 * 60 * 1000;

export interface Marked {
  readonly needed: RowSet;
  readonly bytesFetched: number;
}

/**
 * @param onSnapshot told of how many snapshots were gone through
 * @throws AppError `vault/contradiction` where a snapshot needs what cannot be had: the index may be short, or the
 *   vault is damaged
 */
export async function markNeeded(
  vault: Vault,
  survey: Survey,
  signal: AbortSignal,
  onSnapshot: (done: number) => void,
): Promise<Marked> {
  const { chunks, packs, files } = survey.index;
  const plain = { chunks, packs, files: files.map(({ key }) => key) };
  const source = new ChunkLoader(vault, plain, { cacheBytes: NODE_CACHE_BYTES, signal });
  let snapshot: string | undefined;
  const onLost = (_id: Uint8Array, error: AppError): void => {
    // Of what was never committed nobody was told.
    if (snapshot !== undefined) throw lost(snapshot, error);
  };
  const walk = new ChunkWalk({ chunks, source, onLost });
  for (const [
    done,
    {
      id,
      snapshot: { manifest },
    },
  ] of survey.live.toReversed().entries()) {
    snapshot = id;
    await walk.add(manifest);
    onSnapshot(done + 1);
  }
  snapshot = undefined;
  for (const { record } of pendingNow(survey)) await walk.add(record.manifest);
  return { needed: walk.needed, bytesFetched: source.bytesFetched };
}

/** Pending records that still count. */
export function pendingNow({ gc, nowMs }: Pick<Survey, 'gc' | 'nowMs'>) {
  return gc.pending.filter(
    ({ modifiedMs }) =>
      modifiedMs === undefined || nowMs === undefined || modifiedMs + PENDING_MS_MAX > nowMs,
  );
}

function lost(snapshot: string, cause: AppError): AppError {
  const what = `snapshot ${snapshot.slice(0, 8)} needs what cannot be had (${cause.message})`;
  return new AppError('vault/contradiction', `nothing is pruned: ${what}`, {
    hint: 'run `cybs3 check`, and `cybs3 repair` for what it finds',
    cause,
  });
}
