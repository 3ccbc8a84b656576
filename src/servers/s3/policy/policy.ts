/**
 * A bucket policy that was parsed: nothing in it is unknown.
 * @module
 */
import type { Condition } from './conditions/condition.ts';
import type { Pattern } from '../../policy/pattern.ts';

export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly effect: 'allow' | 'deny';
  readonly principals: Among<string>;
  /** Patterns in lower case. */
  readonly actions: Among<Pattern>;
  readonly resources: Among<Pattern>;
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
}

/** One of these; or, where `isNegated`, none of them (`NotPrincipal`, `NotAction`, `NotResource`). */
export interface Among<T> {
  readonly isNegated: boolean;
  readonly items: readonly T[];
}
