/**
 * The repository of one sequence, on a directory or on S3: how large it is, what moved, and how it goes again.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropFromCache, removeTree, treeSize } from '../machine.ts';
import type { S3Server } from '../s3/s3-server.ts';
import type { Place } from '../tools/tool.ts';

/** What moved between a tool and its repository. */
export interface Traffic {
  readonly upBytes?: number;
  readonly downBytes?: number;
  readonly requests?: number;
}

export interface Repository {
  readonly place: Place;
  bytes(): Promise<number>;
  dropFromCache(): void;
  /** @returns a function that says what has moved since */
  watch(): Promise<() => Promise<Traffic>>;
  remove(): Promise<void>;
}

export function directoryRepository(work: string): Repository {
  const directory = join(work, 'repository');
  // Its files alone: what folders take differs from file system to file system.
  const bytes = async () => (existsSync(directory) ? treeSize(directory).bytes : 0);
  return {
    place: { work, directory },
    bytes,
    dropFromCache: () => dropFromCache(directory),
    async watch() {
      const before = await bytes();
      return async () => ({ upBytes: Math.max(0, (await bytes()) - before) });
    },
    remove: () => removeTree(directory),
  };
}

const WORTH_WAITING_BYTES = 2 ** 30;

/** @param name of the sequence: its prefix in the bucket */
export function s3Repository(server: S3Server, work: string, name: string): Repository {
  const remove = async () => {
    const bytes = await server.remove(name);
    if (bytes > WORTH_WAITING_BYTES) await sleep(server.collectsMs);
  };
  return {
    place: { work, directory: join(work, 'repository'), s3: server.place(name) },
    bytes: () => server.bytesUnder(name),
    dropFromCache: () => undefined,
    async watch() {
      const before = await server.counters();
      return async () => {
        const after = await server.counters();
        if (!before || !after) return {};
        return {
          requests: after.requests - before.requests,
          upBytes: after.upBytes - before.upBytes,
          downBytes: after.downBytes - before.downBytes,
        };
      };
    },
    remove,
  };
}
