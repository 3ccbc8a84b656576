/**
 * EnableKey and DisableKey.
 * @module
 */
import { requireNotPending } from '../input/key-state.ts';
import { changeOperation } from './change-key.ts';

export const enableKey = changeOperation('EnableKey', () => (key) => {
  requireNotPending(key);
  return { ...key, state: 'Enabled' };
});

export const disableKey = changeOperation('DisableKey', () => (key) => {
  requireNotPending(key);
  return { ...key, state: 'Disabled' };
});
