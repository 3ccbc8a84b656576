/**
 * Brings a vault back that somebody has attacked who had the bucket's keys, but not the words: every object
 * becomes again what it was when it was first written. Needs a bucket that keeps versions, and no key: the
 * vault itself need not open.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { Clock } from '../../base/ports.ts';
import type { ObjectHistory, ObjectStore, VersionedObjects } from '../../store/port.ts';
import type { ObjectChange } from '../../vault/lock/object-history.ts';
import { changeOf, isVaultKey } from '../../vault/lock/object-history.ts';
import type { RecoverEvent, RecoverStep } from './events.ts';

export interface RecoverOptions {
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Brought back at once, in few requests. */
const BATCH = 500;
const OBJECTS_A_PROGRESS = 1000;

const WORDS: Record<ObjectChange, string> = {
  hidden: 'was hidden behind a delete marker',
  replaced: 'was written over',
};

/**
 * @param store of the vault, at its prefix; opened with the vault's lock where what is stored anew shall have one
 * @throws AppError `store/config` where the store keeps no versions, `store/…`, `interrupted`
 */
export async function* recoverObjects(
  store: ObjectStore,
  options: RecoverOptions,
): AsyncGenerator<RecoverEvent> {
  const { clock, dryRun = false, signal } = options;
  const startedMs = clock();
  const versions = versionsOf(store);
  const count = { objects: 0, hidden: 0, replaced: 0, revived: 0 };
  let batch: ObjectHistory[] = [];
  const revive = async (): Promise<void> => {
    if (!dryRun) count.revived += await versions.revive(batch, signal);
    batch = [];
  };
  for await (const history of versions.list('', signal)) {
    if (!isVaultKey(history.key)) continue;
    if (++count.objects % OBJECTS_A_PROGRESS === 0) {
      yield { type: 'progress', stage: 'objects', done: count.objects };
    }
    const change = changeOf(history);
    if (!change) continue;
    count[change]++;
    yield stepOf(history.key, change, dryRun);
    batch.push(history);
    if (batch.length === BATCH) await revive();
  }
  if (batch.length > 0) await revive();
  const remaining = count.hidden + count.replaced - count.revived;
  const durationMs = clock() - startedMs;
  yield { type: 'summary', repair: 'objects', dryRun, ...count, remaining, durationMs };
}

function versionsOf({ location, versions }: ObjectStore): VersionedObjects {
  if (versions) return versions;
  throw new AppError('store/config', `${location} keeps no old versions of objects`, {
    hint: 'only an S3 bucket with versioning has them',
  });
}

function stepOf(key: string, change: ObjectChange, dryRun: boolean): RecoverStep {
  const done = dryRun ? 'would be brought back' : 'is brought back';
  const message = `${key} ${WORDS[change]}, and ${done}`;
  return { type: 'step', action: 'object-revived', subject: key, change, message };
}
