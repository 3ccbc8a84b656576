/**
 * Every decoder that meets bytes from outside, with valid input to begin from and the codes it may refuse with.
 * @module
 */
import fc from 'fast-check';
import type { FailureCode } from '../../src/base/failure.ts';
import { DOCUMENT_TARGETS } from './targets/documents.ts';
import { LAYOUT_TARGETS } from './targets/layouts.ts';
import { SEALED_TARGETS } from './targets/sealed.ts';
import { TEXT_TARGETS } from './targets/texts.ts';

export interface Target {
  readonly name: string;
  /** What a writer makes. */
  readonly valid: fc.Arbitrary<Uint8Array>;
  /**
   * Reads `bytes` to their end.
   * @param original what they were before they were changed
   * @throws AppError with one of `codes`; anything else is a bug
   */
  readonly decode: (bytes: Uint8Array, original: Uint8Array) => void;
  readonly codes: readonly FailureCode[];
}

export const TARGETS: readonly Target[] = [
  ...SEALED_TARGETS,
  ...LAYOUT_TARGETS,
  ...DOCUMENT_TARGETS,
  ...TEXT_TARGETS,
];
