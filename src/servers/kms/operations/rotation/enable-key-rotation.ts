/**
 * EnableKeyRotation and DisableKeyRotation.
 * @module
 */
import { requireEnabled, requireRotatable } from '../input/key-state.ts';
import { changeOperation } from '../keys/change-key.ts';

const PERIOD_DAYS = { min: 90, max: 2560 };
const PERIOD_DAYS_STANDARD = 365;
const DAY_MS = 86_400_000;

export const enableKeyRotation = changeOperation('EnableKeyRotation', (members, nowMs) => {
  const asked = members.number('RotationPeriodInDays', PERIOD_DAYS);
  const periodDays = asked ?? PERIOD_DAYS_STANDARD;
  return (key) => {
    requireRotatable(key);
    requireEnabled(key);
    // Asking for what is so already does not put the next rotation off.
    if (key.rotation?.periodDays === periodDays) return key;
    return { ...key, rotation: { periodDays, nextMs: nowMs + periodDays * DAY_MS } };
  };
});

export const disableKeyRotation = changeOperation('DisableKeyRotation', () => (key) => {
  requireRotatable(key);
  requireEnabled(key);
  return { ...key, rotation: undefined };
});
