/**
 * Conditions of statements: which there are, and how they are read and compared.
 * Source: "IAM JSON policy elements: Condition operators", "Condition keys for AWS KMS".
 * @module
 */
import { fitsWildcards } from '../../policy/pattern.ts';
import { asRecord, malformed, textsOf } from './policy-pieces.ts';

/** What is known of a request, by condition key in lower case. A key that is not there is absent. */
export type PolicyFacts = ReadonlyMap<string, readonly string[]>;

type Comparison = (value: string, wanted: string) => boolean;

interface Operator {
  readonly compare: Comparison;
  /** `StringNotEquals` and its kin: holds where nothing that is wanted is there. */
  readonly isNegated: boolean;
}

/** `ForAnyValue` and `ForAllValues` compare a set; without, there is one value. */
type Quantifier = 'one' | 'any' | 'all';

export interface Condition {
  /** Lower case: names of condition keys, and of the encryption context in them, ignore case. */
  readonly key: string;
  readonly operator: Operator | 'null';
  readonly quantifier: Quantifier;
  /** Whether an absent key will do. */
  readonly ifExists: boolean;
  readonly wanted: readonly string[];
}

const CONTEXT_PREFIX = 'kms:encryptioncontext:';

/** Keys beside the encryption context that the server has facts for. */
const KEYS = [
  'kms:encryptioncontextkeys',
  'kms:calleraccount',
  'kms:keyspec',
  'kms:keyusage',
  // Always absent: nobody calls on behalf of somebody.
  'kms:viaservice',
  'aws:principalarn',
  'aws:username',
  'aws:securetransport',
];

const equals: Comparison = (value, wanted) => value === wanted;
const equalsIgnoringCase: Comparison = (value, wanted) =>
  value.toLowerCase() === wanted.toLowerCase();

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { compare: equals, isNegated: false },
  StringNotEquals: { compare: equals, isNegated: true },
  StringEqualsIgnoreCase: { compare: equalsIgnoringCase, isNegated: false },
  StringNotEqualsIgnoreCase: { compare: equalsIgnoringCase, isNegated: true },
  StringLike: { compare: fitsWildcards, isNegated: false },
  StringNotLike: { compare: fitsWildcards, isNegated: true },
  ArnEquals: { compare: fitsWildcards, isNegated: false },
  ArnNotEquals: { compare: fitsWildcards, isNegated: true },
  ArnLike: { compare: fitsWildcards, isNegated: false },
  ArnNotLike: { compare: fitsWildcards, isNegated: true },
  Bool: { compare: equalsIgnoringCase, isNegated: false },
};

/**
 * @param value `{"StringEquals": {"kms:EncryptionContext:app": "payroll"}, …}`
 * @throws KmsError `MalformedPolicyDocumentException`
 */
export function parseConditions(value: unknown): Condition[] {
  return Object.entries(asRecord(value, 'Condition')).flatMap(([name, block]) => {
    const how = parseOperator(name);
    return Object.entries(asRecord(block, 'what a condition compares')).map(([key, wanted]) => {
      const texts = wantedTexts(wanted, how.operator);
      return { ...how, key: parseKey(key), wanted: texts };
    });
  });
}

/**
 * Whether the condition holds.
 * @param effect of its statement. Where one value was meant and several are there (names of the context that
 * differ in case only), an Allow wants all of them to fit and a Deny any.
 */
export function holds(condition: Condition, facts: PolicyFacts, effect: 'Allow' | 'Deny'): boolean {
  const { key, operator, quantifier, ifExists, wanted } = condition;
  const values = facts.get(key);
  if (operator === 'null') return wanted.includes(String(values === undefined));
  if (values === undefined) {
    return ifExists || quantifier === 'all' || (quantifier === 'one' && operator.isNegated);
  }
  const fits = (value: string): boolean =>
    wanted.some((one) => operator.compare(value, one)) !== operator.isNegated;
  const wantsAll = quantifier === 'all' || (quantifier === 'one' && effect === 'Allow');
  return wantsAll ? values.every(fits) : values.some(fits);
}

function parseOperator(name: string): Omit<Condition, 'key' | 'wanted'> {
  const match = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(name);
  const [, set, base = '', suffix] = match ?? [];
  const ifExists = suffix !== undefined;
  const quantifier = set === undefined ? 'one' : set === 'ForAnyValue' ? 'any' : 'all';
  if (base === 'Null' && !ifExists && quantifier === 'one') {
    return { operator: 'null', quantifier, ifExists };
  }
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (!operator) throw malformed('a Condition has an operator that this server does not know');
  return { operator, quantifier, ifExists };
}

function parseKey(key: string): string {
  const lower = key.toLowerCase();
  const isContext = lower.startsWith(CONTEXT_PREFIX) && lower.length > CONTEXT_PREFIX.length;
  if (!isContext && !KEYS.includes(lower)) {
    throw malformed('a Condition has a key that this server does not know');
  }
  return lower;
}

/** The condition key for one name of the encryption context. */
export function contextKey(name: string): string {
  return CONTEXT_PREFIX + name.toLowerCase();
}

function wantedTexts(wanted: unknown, operator: Operator | 'null'): string[] {
  const list: unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  const texts = textsOf(
    list.map((one) => (typeof one === 'boolean' ? String(one) : one)),
    'what a condition compares with',
  );
  if (texts.some((text) => text.includes('${'))) {
    throw malformed('a Condition has a policy variable, which this server does not replace');
  }
  const isTruth = operator === 'null' || operator === OPERATORS['Bool'];
  if (isTruth && texts.some((text) => !/^(true|false)$/i.test(text))) {
    throw malformed('Null and Bool compare with true or false');
  }
  return isTruth ? texts.map((text) => text.toLowerCase()) : texts;
}
