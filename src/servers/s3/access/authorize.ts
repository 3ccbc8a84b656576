/**
 * Whether the caller may do what it asks for: by the role of its key, by the buckets and prefixes it is limited to,
 * and by the policy of the bucket. A Deny of the policy wins; an Allow may lead beyond the limits of a key, but
 * never beyond its role.
 * @module
 */
import type { Principal, Role, Scope } from '../model/principal.ts';
import { parseCopySource } from '../objects/copy/copy-source.ts';
import type { PolicyTarget } from '../policy/conditions/condition-keys.ts';
import { evaluatePolicy } from '../policy/evaluate-policy.ts';
import { policyFactsFor } from '../policy/policy-facts.ts';
import type { Call, NamedThing, Operation } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';

type Effect = Operation['effect'];

/** What is to be done to what. */
interface Target extends PolicyTarget {
  readonly effect: Effect;
}

const EFFECTS_OF: Readonly<Record<Role, readonly Effect[]>> = {
  full: ['reads', 'creates', 'lengthens', 'changes'],
  'write-once': ['reads', 'creates', 'lengthens'],
  read: ['reads'],
};

/** They ask by themselves, with `isAllowed`: only their body shows what they are about. */
const ASK_THEMSELVES: ReadonlySet<string> = new Set(['DeleteObjects', 'PutObjectTagging']);

const COPY_SOURCE = 'x-amz-copy-source';

/** @throws S3Error `AccessDenied` */
export function authorize(call: Call, operation: Operation): void {
  const { principal } = call;
  if (!EFFECTS_OF[principal.role].includes(operation.effect)) throw denied();
  if (operation.level === 'service' || ASK_THEMSELVES.has(operation.name)) return;
  const target = targetOf(call, operation);
  if (!isPermitted(call, target, isInScope(call, operation))) throw denied();
  if (operation.selectingHeader !== COPY_SOURCE) return;
  // Read by the same code as the operation reads it: what is judged is what is copied.
  const source = parseCopySource(call.headers[COPY_SOURCE] ?? '');
  const action = source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  const isReadable = keyIsInScope(principal, source.bucket, source.key);
  if (!isPermitted(call, { action, effect: 'reads', ...source }, isReadable)) throw denied();
}

/** Whether the caller may do `action` to a key that the request is not addressed to, or with what its body says. */
export function isAllowed(call: Call, action: string, thing: NamedThing): boolean {
  const { principal } = call;
  const { bucket, key } = thing;
  const effect = effectOf(action);
  if (!EFFECTS_OF[principal.role].includes(effect)) return false;
  const target = { action, effect, ...thing };
  return isPermitted(call, target, keyIsInScope(principal, bucket, key));
}

function isPermitted(call: Call, target: Target, isInKeysScope: boolean): boolean {
  const policy = call.catalog.bucket(target.bucket)?.policy;
  if (policy === undefined) return isInKeysScope;
  const verdict = evaluatePolicy(policy, policyFactsFor(call, target));
  return verdict === 'allow' || (verdict === undefined && isInKeysScope);
}

function targetOf(call: Call, { action, effect }: Operation): Target {
  const { bucket, key } = call;
  const name = typeof action === 'string' ? action : action(call);
  return { action: name, effect, bucket, key, versionId: call.query.get('versionId') };
}

function isInScope(call: Call, operation: Operation): boolean {
  const { principal, bucket, key } = call;
  if (operation.level === 'object') return keyIsInScope(principal, bucket, key);
  if (principal.scopes.length === 0) return true;
  const scopes = principal.scopes.filter((scope) => scope.bucket === bucket);
  if (scopes.some(({ prefix }) => prefix === '')) return true;
  // What changes a bucket as a whole reaches beyond every prefix.
  if (operation.effect !== 'reads') return false;
  return listsKeys(operation)
    ? scopes.some(({ prefix }) => call.query.get('prefix')?.startsWith(prefix))
    : scopes.length > 0;
}

function listsKeys({ parameters }: Operation): boolean {
  return parameters.includes('prefix');
}

function keyIsInScope({ scopes }: Principal, bucket: string, key: string): boolean {
  const covers = (scope: Scope): boolean => scope.bucket === bucket && key.startsWith(scope.prefix);
  return scopes.length === 0 || scopes.some(covers);
}

function effectOf(action: string): Effect {
  if (/^s3:(Get|List)/.test(action)) return 'reads';
  return action === 's3:PutObject' ? 'creates' : 'changes';
}

function denied(): S3Error {
  return new S3Error('AccessDenied', 'Access Denied');
}
