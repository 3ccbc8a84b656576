/**
 * What a refused operation says.
 * @module
 */
import { AppError } from '../../src/base/failure.ts';

/** The code of the `AppError` that `run` throws; `'none'` where it throws nothing. Other errors go on. */
export function failureCode(run: () => unknown): string {
  return failureOf(run)?.code ?? 'none';
}

export function failureOf(run: () => unknown): AppError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
