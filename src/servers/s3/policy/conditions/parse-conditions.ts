/**
 * Reads the `Condition` of a statement.
 * @module
 */
import { OPERATORS } from './compare-values.ts';
import type { Condition } from './condition.ts';
import { canonicalConditionKey } from './condition-keys.ts';
import { malformed, requireObject, requireStrings } from '../policy-json.ts';

/** @throws S3Error `MalformedPolicy` for operators, keys and values that are not known */
export function parseConditions(value: unknown, hasVariables: boolean): readonly Condition[] {
  if (value === undefined) return [];
  return Object.entries(requireObject(value, 'Condition')).flatMap(([operator, tests]) => {
    return Object.entries(requireObject(tests, operator)).map(([key, operand]) => {
      const known = canonicalConditionKey(key);
      if (known === undefined) throw malformed(`a condition key is not known: ${shown(key)}`);
      return { key: known, kind: readKind(operator, readOperands(operand), hasVariables) };
    });
  });
}

/** A name as a message shows it. */
function shown(name: string): string {
  return name.slice(0, 100);
}

/** Numbers and booleans may stand bare. */
function readOperands(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.map((one) => {
    return typeof one === 'number' || typeof one === 'boolean' ? String(one) : one;
  });
  return requireStrings(texts, 'a value of a condition', 'some');
}

const OPERATOR = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

function readKind(
  name: string,
  operands: readonly string[],
  hasVariables: boolean,
): Condition['kind'] {
  if (name === 'Null') return readNull(operands);
  const [, quantifier, base = '', ifExists] = OPERATOR.exec(name) ?? [];
  const operator = OPERATORS.get(base);
  if (operator === undefined) throw malformed(`a condition operator is not known: ${shown(name)}`);
  const comparisons = operands.map((text) => {
    const comparison = operator.read(text, hasVariables);
    if (comparison === undefined) throw malformed(`a value is nothing that ${name} compares with`);
    return comparison;
  });
  return {
    name: 'compare',
    isNegated: operator.isNegated,
    quantifier: readQuantifier(quantifier),
    ifExists: ifExists !== undefined,
    comparisons,
  };
}

function readQuantifier(text: string | undefined): 'any' | 'all' | undefined {
  if (text === undefined) return undefined;
  return text === 'ForAnyValue' ? 'any' : 'all';
}

function readNull(operands: readonly string[]): Condition['kind'] {
  const [text = ''] = operands;
  if (operands.length === 1 && (text === 'true' || text === 'false')) {
    return { name: 'null', mustBeAbsent: text === 'true' };
  }
  throw malformed('Null compares with true or false');
}
