/**
 * Whether, and how, a version is locked at a moment.
 * @module
 */
import type { RetentionMode } from '../model/bucket.ts';
import type { ObjectLock } from '../model/object-version.ts';

/**
 * What holds it: a legal hold, or a retention that has not ended. A hold hides what a retention says,
 * since nothing lifts it in passing.
 */
export function lockInForce(lock: ObjectLock, nowMs: number): RetentionMode | 'HOLD' | undefined {
  if (lock.isHeld) return 'HOLD';
  const isRetained = lock.retainUntilMs !== undefined && lock.retainUntilMs > nowMs;
  return isRetained ? lock.mode : undefined;
}
