/**
 * Whether a principal may do what it asks for: first what its access key allows, then the key's policy.
 * @module
 */
import type { KeyUse, KmsPrincipal } from '../call.ts';
import type { EncryptionContext } from '../crypto/encryption-context.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { KmsKey } from '../keys/key.ts';
import { KmsError } from '../kms-error.ts';
import { allows } from './evaluate-policy.ts';
import { parseKeyPolicy, type KeyPolicy } from './key-policy.ts';
import { contextKey, type PolicyFacts } from './policy-condition.ts';
import { userArn } from './policy-principal.ts';

export interface Circumstances {
  readonly principal: KmsPrincipal;
  readonly account: string;
  readonly isTls: boolean;
}

/** Names no key: an access key that is limited to keys does these only where they are listed by name. */
const ACCOUNT_WIDE = new Set(['CreateKey', 'GenerateRandom', 'ListAliases', 'ListKeys']);

/** Policies are parsed once: most keys have the same one. */
const PARSED_MAX = 1000;
const parsed = new Map<string, KeyPolicy>();

/**
 * Before anything is looked up.
 * @param namesKey false: no limit to keys can be held against it
 * @throws KmsError `AccessDeniedException`
 */
export function checkOperation(
  operation: string,
  who: Circumstances,
  namesKey = !ACCOUNT_WIDE.has(operation),
): void {
  const { operations, keyIds } = who.principal;
  const isNamed = operations.includes(operation);
  const isInList = operations.length === 0 || isNamed;
  const isWithinKeys = keyIds.length === 0 || isNamed || namesKey;
  if (!isInList || !isWithinKeys) throw denied(operation, who);
}

/**
 * Before the key is used or changed.
 * @throws KmsError `AccessDeniedException`
 */
export function checkKey(key: KmsKey, use: KeyUse, keys: KeyStore, who: Circumstances): void {
  const { keyIds, name } = who.principal;
  const isListed = keyIds.length === 0 || keyIds.some((text) => means(text, key, keys));
  const principalArn = userArn(who.account, name);
  const facts = factsOf(key, use.context, who);
  const question = { principalArn, action: use.action, keyArn: key.arn, facts };
  if (isListed && allows(policyOf(key, who.account), question)) return;
  throw denied(use.action, who, key.arn);
}

/** Whether an id, ARN or alias as it was given means this key now. */
function means(text: string, key: KmsKey, keys: KeyStore): boolean {
  if (text === key.id || text === key.arn) return true;
  const name = text.startsWith('arn:') ? text.slice(text.indexOf(':alias/') + 1) : text;
  if (!name.startsWith('alias/')) return false;
  if (text !== name && text !== keys.names.aliasArn(name)) return false;
  return keys.aliases.find(name)?.keyId === key.id;
}

function policyOf({ policy: text }: KmsKey, account: string): KeyPolicy {
  const name = account + text;
  const known = parsed.get(name);
  if (known) return known;
  const policy = parseKeyPolicy(text, account);
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(name, policy);
  return policy;
}

function factsOf(
  key: KmsKey,
  context: EncryptionContext | undefined,
  { principal, account, isTls }: Circumstances,
): PolicyFacts {
  const facts = new Map<string, string[]>([
    ['kms:calleraccount', [account]],
    ['kms:keyspec', [key.spec]],
    ['kms:keyusage', [key.usage]],
    ['aws:principalarn', [userArn(account, principal.name)]],
    ['aws:username', [principal.name]],
    ['aws:securetransport', [String(isTls)]],
  ]);
  if (context === undefined || context.size === 0) return facts;
  facts.set('kms:encryptioncontextkeys', [...context.keys()]);
  for (const [name, value] of context) {
    const values = facts.get(contextKey(name)) ?? [];
    facts.set(contextKey(name), [...values, value]);
  }
  return facts;
}

/** In AWS's words; says nothing of why. */
function denied(action: string, { principal, account }: Circumstances, keyArn = '*'): KmsError {
  const user = userArn(account, principal.name);
  const what = `perform: kms:${action} on resource: ${keyArn}`;
  return new KmsError('AccessDeniedException', `User: ${user} is not authorized to ${what}`);
}
