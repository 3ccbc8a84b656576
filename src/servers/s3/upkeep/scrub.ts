/**
 * Reads everything that is stored and says what is not as it was written. Changes nothing, needs little memory, and
 * may run beside a server: what goes away meanwhile is no finding.
 * @module
 */
import { isDatabaseDamaged } from '../../database/database-failure.ts';
import { openCatalogReadonly } from '../catalog/open-catalog.ts';
import type { SqliteCatalog } from '../catalog/sqlite-catalog.ts';
import type { Keyring } from '../encryption/keyring.ts';
import { DataFolder } from '../storage/data-folder.ts';
import { scrubTargets } from './scrub-targets.ts';
import type { ScrubTarget } from './scrub-targets.ts';
import { openTargetKey, verifyTargetExtent } from './verify-target.ts';
import type { ExtentDefect } from './verify-extent.ts';

export interface ScrubOptions {
  /** Of the server. */
  readonly folder: string;
  /** Without it, and for what customers hold the keys of, checksums alone are verified. */
  readonly keyring?: Pick<Keyring, 'open'>;
  readonly signal?: AbortSignal;
}

/**
 * `catalog`: SQLite finds its file damaged. `length`: extents do not add up to the object. `unlisted`: the file would
 * be taken for a leftover. `key`: the wrapped key of the object does not open. `unreadable`: the disk gives an error.
 * The others: see `ExtentDefect`.
 */
export type ScrubDefect = ExtentDefect | 'catalog' | 'key' | 'length' | 'unlisted' | 'unreadable';

export interface ScrubCounts {
  /** Versions of objects, and parts of uploads under way. */
  readonly objects: number;
  readonly extents: number;
  /** As stored. */
  readonly bytes: number;
  /** Of the extents: how many had their seals opened, not only their checksums verified. */
  readonly opened: number;
  readonly findings: number;
}

export interface ScrubFinding {
  readonly type: 'finding';
  readonly what: ScrubDefect;
  /** Empty, as key and version, where the catalog itself is damaged. */
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** Of an upload that is not completed. */
  readonly uploadId?: string;
  readonly partNumber?: number;
  /** Name of the file, or what SQLite says. */
  readonly detail: string;
}

export type ScrubEvent =
  | ScrubFinding
  | ({ readonly type: 'progress' } & ScrubCounts)
  | ({ readonly type: 'summary' } & ScrubCounts);

const PROGRESS_EVERY_EXTENTS = 500;
const PROGRESS_EVERY_BYTES = 256 * 1024 * 1024;

/**
 * Ends with a summary, unless `signal` stops it.
 * @throws AppError `serve/damaged`, `serve/config` where the catalog cannot even be opened
 */
export async function* scrub(options: ScrubOptions): AsyncGenerator<ScrubEvent> {
  const catalog = openCatalogReadonly(options.folder);
  try {
    yield* new Scrub(catalog, options).run();
  } finally {
    catalog.close();
  }
}

class Scrub {
  readonly #catalog: SqliteCatalog;
  readonly #options: ScrubOptions;
  readonly #data: DataFolder;
  readonly #counts = { objects: 0, extents: 0, bytes: 0, opened: 0, findings: 0 };
  #nextProgress = { extents: PROGRESS_EVERY_EXTENTS, bytes: PROGRESS_EVERY_BYTES };

  constructor(catalog: SqliteCatalog, options: ScrubOptions) {
    this.#catalog = catalog;
    this.#options = options;
    this.#data = new DataFolder(options.folder);
  }

  async *run(): AsyncGenerator<ScrubEvent> {
    try {
      for (const problem of this.#catalog.integrityProblems()) yield this.#catalogFinding(problem);
      for (const target of scrubTargets(this.#catalog)) {
        if (this.#options.signal?.aborted === true) return;
        yield* this.#scrubOne(target);
        this.#counts.objects++;
      }
    } catch (error) {
      if (!isDatabaseDamaged(error)) throw error;
      yield this.#catalogFinding('it cannot be read to its end');
    }
    yield { type: 'summary', ...this.#counts };
  }

  #catalogFinding(detail: string): ScrubFinding {
    this.#counts.findings++;
    return { type: 'finding', what: 'catalog', bucket: '', key: '', versionId: '', detail };
  }

  async *#scrubOne(target: ScrubTarget): AsyncGenerator<ScrubEvent> {
    const total = target.extents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (total !== target.sizeBytes) yield* this.#find(target, 'length', `${total} bytes`);
    const opened = await openTargetKey(target, this.#options.keyring);
    if (opened === 'damaged') yield* this.#find(target, 'key', target.encryption.kind);
    using dataKey = opened === 'damaged' ? undefined : opened;
    for (const extent of target.extents) {
      if (this.#options.signal?.aborted === true) return;
      const place = { catalog: this.#catalog, data: this.#data };
      const defect = await verifyTargetExtent(place, extent, dataKey?.bytes);
      this.#counts.extents++;
      this.#counts.bytes += extent.storedBytes;
      if (dataKey !== undefined) this.#counts.opened++;
      if (defect !== undefined) yield* this.#find(target, defect, extent.id);
      yield* this.#progress();
    }
  }

  /** What was overwritten or deleted while it was read is no finding. */
  *#find(target: ScrubTarget, what: ScrubDefect, detail: string): Generator<ScrubEvent> {
    if (!target.isStillThere()) return;
    this.#counts.findings++;
    yield { type: 'finding', what, ...target.name, detail };
  }

  *#progress(): Generator<ScrubEvent> {
    const { extents, bytes } = this.#counts;
    if (extents < this.#nextProgress.extents && bytes < this.#nextProgress.bytes) return;
    this.#nextProgress = {
      extents: extents + PROGRESS_EVERY_EXTENTS,
      bytes: bytes + PROGRESS_EVERY_BYTES,
    };
    yield { type: 'progress', ...this.#counts };
  }
}
