/**
 * A broken promise.
 * @module
 */

/** Which promise; the first word of what is said about it. */
export type PromiseName =
  /** An acknowledged snapshot that nobody forgot cannot be restored, or is not shown. */
  | 'lost'
  /** It is stored, but whoever opens the vault now does not find its way to it. */
  | 'unreadable'
  /** A snapshot of which nobody was told is shown, and cannot be restored. */
  | 'broken-snapshot'
  /** What nobody needs is still there after two prunes. */
  | 'orphan'
  /** A job failed without reason. */
  | 'failure'
  /** Something does not come to an end. */
  | 'endless';

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly promise: PromiseName;

  constructor(promise: PromiseName, message: string) {
    super(`${promise}: ${message}`);
    this.promise = promise;
  }
}
