/**
 * What a prune ends with where another one got in its way.
 * @module
 */
import { AppError } from '../../base/failure.ts';

export function anotherPrune(cause?: AppError): AppError {
  return new AppError('vault/busy', 'another prune ran meanwhile', {
    hint: 'nothing is lost: run it again',
    cause,
  });
}
