/**
 * ScheduleKeyDeletion.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { requireNotPending } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { epochSeconds } from './key-metadata.ts';

const WINDOW_DAYS = { min: 7, max: 30 };
const WINDOW_DAYS_STANDARD = 30;
const DAY_MS = 86_400_000;

export const scheduleKeyDeletion: KmsOperation = {
  name: 'ScheduleKeyDeletion',
  async run(input, call) {
    const members = new Members(input);
    const asked = members.number('PendingWindowInDays', WINDOW_DAYS);
    const windowDays = asked ?? WINDOW_DAYS_STANDARD;
    const { id, arn } = namedKeyItself(members, call, { action: 'ScheduleKeyDeletion' });
    const dueMs = call.nowMs + windowDays * DAY_MS;
    await call.keys.change(id, call.nowMs, (key) => {
      requireNotPending(key);
      return { ...key, state: 'PendingDeletion', deletion: { dueMs, windowDays } };
    });
    return {
      KeyId: arn,
      DeletionDate: epochSeconds(dueMs),
      KeyState: 'PendingDeletion',
      PendingWindowInDays: windowDays,
    };
  },
};
