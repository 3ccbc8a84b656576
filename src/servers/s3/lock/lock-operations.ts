/**
 * Operations of Object Lock, for the router.
 * @module
 */
import type { Operation } from '../protocol/operation.ts';
import { getObjectLegalHold, putObjectLegalHold } from './object-legal-hold.ts';
import {
  getObjectLockConfiguration,
  putObjectLockConfiguration,
} from './object-lock-configuration.ts';
import { getObjectRetention, putObjectRetention } from './object-retention.ts';

export const lockOperations: readonly Operation[] = [
  getObjectLockConfiguration,
  putObjectLockConfiguration,
  getObjectRetention,
  putObjectRetention,
  getObjectLegalHold,
  putObjectLegalHold,
];
