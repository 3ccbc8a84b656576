/**
 * What a backup is asked for.
 * @module
 */
import type { CompressionMode } from '../../format/compress.ts';

/** A stream that becomes one file. */
export interface StreamSource {
  /** The file's name in the snapshot, maybe with folders: `dumps/db.sql`. */
  readonly name: string;
  readonly stream: AsyncIterable<Uint8Array>;
  /** Rejects where whoever writes the stream failed: then nothing is saved. */
  readonly finished?: Promise<void>;
}

export interface BackupOptions {
  /** Absolute paths as bytes. */
  readonly roots: readonly Uint8Array[];
  /** Instead of roots. */
  readonly stdin?: StreamSource;
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly ignoreFiles: readonly string[];
  readonly excludeCaches: boolean;
  readonly excludeLargerThanBytes?: number;
  readonly oneFileSystem: boolean;
  readonly host: string;
  readonly user: string;
  readonly tags: readonly string[];
  /** The snapshot's time; the start of the run where it is left out. */
  readonly timeMs?: number;
  /** A snapshot selector; by default the newest of the same host and roots. */
  readonly parent?: string;
  /** Reads every file, whatever the parent says. */
  readonly force: boolean;
  readonly skipIfUnchanged: boolean;
  readonly dryRun: boolean;
  /** Emits a `path` event for every path. */
  readonly reportPaths: boolean;
  readonly compression?: CompressionMode;
  readonly packSizeBytes?: number;
  /** Compute threads; by default one a core. */
  readonly concurrency?: number;
  /** Cores of this machine. */
  readonly cores: number;
  readonly signal: AbortSignal;
  /** For the snapshot: `cybs3 0.1.0`. */
  readonly program: string;
}
