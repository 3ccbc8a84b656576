/**
 * Errors. Two kinds exist: programmer errors (`assert`, they crash) and operating errors (`AppError`).
 *
 * Policy: an `AppError` carries a stable `code` (`room/what`), a sentence that says what happened and to
 * what, and, where there is one, the next step (`hint`). The code decides the exit status (in `cli/`) and
 * whether a retry can help (`retry: 'soon'`, read by `store/retry.ts` only). Foreign errors are wrapped by
 * the adapter that met them, as `cause`. Secrets never enter any field. Nothing compares message text.
 * @module
 */
/** Every way in which an operation can fail. The part before the slash is the room that says so. */
export type FailureCode =
  | 'usage'
  | 'interrupted'
  | 'internal'
  // store
  | 'store/not-found'
  | 'store/exists'
  | 'store/denied'
  | 'store/no-bucket'
  | 'store/unavailable'
  | 'store/checksum'
  | 'store/full'
  | 'store/sse'
  | 'store/insecure'
  | 'store/rejected'
  | 'store/config'
  // a lock that has not ended forbids it
  | 'store/locked'
  // keys
  | 'keys/words'
  | 'keys/wrong'
  | 'keys/none'
  | 'keys/source'
  // vault
  | 'vault/not-found'
  | 'vault/exists'
  | 'vault/unsupported'
  | 'vault/mismatch'
  | 'vault/busy'
  | 'vault/closed'
  // what was relied on is no longer there: begin anew
  | 'vault/changed'
  // what is listed and what is known contradict each other
  | 'vault/contradiction'
  // damaged data: what came back is not what was written
  | 'object/truncated'
  | 'object/header'
  | 'object/name'
  | 'object/kind'
  | 'object/commitment'
  | 'object/segment'
  | 'object/padding'
  | 'object/epoch'
  | 'format/invalid'
  | 'chunk/missing'
  | 'chunk/mismatch'
  | 'self-check'
  // snapshots and files
  | 'snapshot/not-found'
  | 'snapshot/ambiguous'
  | 'snapshot/path'
  | 'files/read'
  | 'files/write'
  | 'files/unsafe'
  | 'files/command'
  // servers
  | 'serve/config'
  // another process serves the same data, or the port is taken
  | 'serve/busy'
  | 'serve/master-key'
  | 'serve/damaged';

export interface FailureOptions {
  /** The next step for the person, a sentence in the imperative. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly retry?: 'never' | 'soon';
  /** Machine-readable facts for `--json` (never secret). */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** An operating error: something outside the program was not as it has to be. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: FailureCode;
  readonly hint: string | undefined;
  readonly retry: 'never' | 'soon';
  readonly detail: Readonly<Record<string, string | number | boolean>>;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retry = options.retry ?? 'never';
    this.detail = options.detail ?? {};
  }
}

export function isFailure(error: unknown, ...codes: readonly FailureCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}

/** True for every code that says: the stored bytes are not those that were written. */
export function isDamage(error: unknown): error is AppError {
  return error instanceof AppError && /^(object|format|chunk)\//.test(error.code);
}

/** Checks what only a bug can break. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** What libuv has no name for, by the numbers of Linux and of macOS. */
const UNNAMED: ReadonlyMap<unknown, string> = new Map([
  [-122, 'EDQUOT'],
  [-69, 'EDQUOT'],
  [-116, 'ESTALE'],
  [-70, 'ESTALE'],
]);

/** The system's code (`ENOENT` …) of an error that one of its calls gave, or an empty string. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return '';
  const isNamed = !error.code.startsWith('Unknown system error') || !('errno' in error);
  return isNamed ? error.code : (UNNAMED.get(error.errno) ?? error.code);
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
