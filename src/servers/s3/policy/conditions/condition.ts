/**
 * One condition of a statement, and whether it holds.
 * Source: AWS, "IAM JSON policy elements: Condition operators", "… with multiple context keys or values".
 * @module
 */
import type { PolicyFacts } from '../policy-facts.ts';
import type { VariableValues } from '../../../policy/pattern.ts';

/** Whether a value of the request fits one value of the policy. */
export type Comparison = (value: string, variables: VariableValues) => boolean;

export interface Condition {
  /** In lower case but for what follows a slash. */
  readonly key: string;
  readonly kind:
    /** The key is there, or is not. */
    | { readonly name: 'null'; readonly mustBeAbsent: boolean }
    | {
        readonly name: 'compare';
        /** `…Not…`: fits where none of the values does, also where the key is absent. */
        readonly isNegated: boolean;
        /** Of several values in the request: one must fit, or all. */
        readonly quantifier: 'any' | 'all' | undefined;
        /** Holds where the key is absent. */
        readonly ifExists: boolean;
        readonly comparisons: readonly Comparison[];
      };
}

export function holds({ key, kind }: Condition, facts: PolicyFacts): boolean {
  const values = facts.valuesOf(key);
  const isAbsent = values === undefined || values.length === 0;
  if (kind.name === 'null') return isAbsent === kind.mustBeAbsent;
  if (isAbsent) return holdsAbsent(kind);
  const variables = { 'aws:username': facts.principalName };
  const fits = (value: string) => {
    const fitsOne = kind.comparisons.some((compare) => compare(value, variables));
    return fitsOne !== kind.isNegated;
  };
  // Without a quantifier, a negated condition means all the values: a forbidden one among them counts.
  const needsAll = kind.quantifier === 'all' || (!kind.quantifier && kind.isNegated);
  return needsAll ? values.every(fits) : values.some(fits);
}

function holdsAbsent(kind: Extract<Condition['kind'], { name: 'compare' }>): boolean {
  if (kind.ifExists || kind.quantifier === 'all') return true;
  return kind.isNegated && kind.quantifier === undefined;
}
