/**
 * The retention that a bucket gives to objects that bring none.
 * @module
 */
import type { Bucket, DefaultRetention } from '../model/bucket.ts';
import type { ObjectLock } from '../model/object-version.ts';

const DAY_MS = 86_400_000;

/**
 * `lock` with the bucket's default filled in where it has no retention.
 * @param fromMs when the object comes to be: for an upload in parts, when it is completed
 */
export function withDefaultRetention(lock: ObjectLock, bucket: Bucket, fromMs: number): ObjectLock {
  const rule = bucket.objectLock?.defaultRetention;
  if (lock.mode !== undefined || rule === undefined) return lock;
  return { ...lock, mode: rule.mode, retainUntilMs: endOfRetention(rule, fromMs) };
}

/** Days of 24 hours; years of the calendar. */
function endOfRetention(rule: DefaultRetention, fromMs: number): number {
  if (rule.years === undefined) return fromMs + (rule.days ?? 0) * DAY_MS;
  const end = new Date(fromMs);
  return end.setUTCFullYear(end.getUTCFullYear() + rule.years);
}
