/**
 * UpdateKeyDescription.
 * @module
 */
import { requireNotPending } from '../input/key-state.ts';
import { changeOperation } from './change-key.ts';

const DESCRIPTION = { min: 0, max: 8192 };

export const updateKeyDescription = changeOperation('UpdateKeyDescription', (members) => {
  const description = members.needText('Description', DESCRIPTION);
  return (key) => {
    requireNotPending(key);
    return { ...key, description };
  };
});
