/**
 * Errors between threads: an `AppError` keeps its code, anything else is a bug and keeps its stack.
 * @module
 */
import type { FailureCode } from '../../base/failure.ts';
import { AppError, messageOf } from '../../base/failure.ts';
import type { SentFailure } from './messages.ts';

export function packFailure(error: unknown): SentFailure {
  const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  if (!(error instanceof AppError))
    return { code: 'internal', message: messageOf(error), ...stack };
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return { code: error.code, message: error.message, ...hint, ...stack };
}

export function unpackFailure(sent: SentFailure): AppError {
  const hint = sent.hint === undefined ? {} : { hint: sent.hint };
  const error = new AppError(sent.code as FailureCode, sent.message, hint);
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}
