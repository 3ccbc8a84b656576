/**
 * AWS JSON 1.1 over HTTP: from a request to its answer.
 *
 * In this order: what the head says (signed, by a key that there is), the body, its signature, the operation,
 * what the access key allows, the operation itself. One line of the audit log is written before the answer
 * leaves: what cannot be logged is not answered.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { RandomBytes } from '../../../base/ports.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { StrangerLog } from '../../audit/stranger-log.ts';
import type { RequestInfo, Respond } from '../../http/listen.ts';
import { signedRequestOf, type RequestHead } from '../../http/signed-request.ts';
import { SigningKeys } from '../../sigv4/signing-key.ts';
import type { AccessKeys } from '../access/access-keys.ts';
import { checkKey, checkOperation } from '../access/check-access.ts';
import type { KmsOperation, KmsPrincipal } from '../call.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { KmsError } from '../kms-error.ts';
import { OPERATIONS } from '../operations/all-operations.ts';
import { claimOf, findCandidate, verifyCandidate } from './authenticate.ts';
import { BodyBudget } from './body-budget.ts';
import { parseInput } from './parse-input.ts';
import { refusalOf } from './refusal.ts';
import { RequestTrace } from './request-trace.ts';
import { sendAnswer, sendHealth, type Answer } from './send-answer.ts';

export interface KmsBackend {
  readonly keys: KeyStore;
  readonly accessKeys: AccessKeys;
  readonly audit: AuditLog;
  /** Of the same log. */
  readonly strangers: StrangerLog;
  readonly random: RandomBytes;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly clock: () => number;
  /** Told of how each request ended. */
  readonly onEnd: (operation: string, outcome: string, seconds: number) => void;
  /** Told of accidents: the client gets KMSInternalException and no word of them. */
  readonly onError: (error: unknown, requestId: string) => void;
}

const TARGET = /^TrentService\.(\w{1,64})$/;

/** Answers all requests of a server. */
export function respondAs(backend: KmsBackend): Respond {
  const exchange = { ...backend, bodies: new BodyBudget(), signingKeys: new SigningKeys() };
  return async (request, response, info) => {
    if (isHealthCheck(request)) return sendHealth(response);
    const trace = new RequestTrace(info.id, info.remoteAddress);
    const answer = await recorded(exchange, request, info, trace);
    const seconds = (backend.clock() - info.receivedMs) / 1000;
    backend.onEnd(trace.operation ?? 'unknown', answer.error ?? 'ok', seconds);
    sendAnswer(response, info.id, answer);
  };
}

interface Exchange extends KmsBackend {
  readonly bodies: BodyBudget;
  readonly signingKeys: SigningKeys;
}

async function recorded(
  exchange: Exchange,
  request: IncomingMessage,
  info: RequestInfo,
  trace: RequestTrace,
): Promise<Answer> {
  const answer = await answered(exchange, request, info, trace);
  try {
    await logFor(exchange, trace).append(trace.entry(answer));
    return answer;
  } catch (error) {
    return accident(exchange, error, info.id);
  }
}

/** A flood of strangers must not fill the disk, nor hide what those do who have a key. */
function logFor({ accessKeys, audit, strangers }: Exchange, trace: RequestTrace) {
  const { who } = trace;
  return who !== undefined && accessKeys.find(who) !== undefined ? audit : strangers;
}

async function answered(
  exchange: Exchange,
  request: IncomingMessage,
  info: RequestInfo,
  trace: RequestTrace,
): Promise<Answer> {
  try {
    const output = await perform(exchange, request, info, trace);
    return { status: 200, error: undefined, output };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) return accident(exchange, error, info.id);
    const { code, message, status } = refusal;
    return { status, error: code, output: { __type: code, message } };
  }
}

function accident({ onError }: Exchange, error: unknown, requestId: string): Answer {
  onError(error, requestId);
  const { code, message, status } = new KmsError('KMSInternalException', 'something went wrong');
  return { status, error: code, output: { __type: code, message } };
}

async function perform(
  exchange: Exchange,
  request: IncomingMessage,
  info: RequestInfo,
  trace: RequestTrace,
): Promise<Readonly<Record<string, unknown>>> {
  const { accessKeys, bodies, signingKeys, region } = exchange;
  const head = signedRequestOf(request);
  if (head.method !== 'POST' || !/^\/(\?|$)/.test(head.target)) throw unknownOperation();
  const claim = claimOf(head);
  if (claim) trace.claims(claim.accessKeyId);
  const candidate = findCandidate(claim, accessKeys);
  const body = await bodies.read(request);
  const verifier = { region, signingKeys, nowMs: info.receivedMs };
  const principal = verifyCandidate(candidate, head, body, verifier);
  trace.verified(principal);
  const operation = operationOf(head);
  trace.operation = operation.name;
  const input = parseInput(body, head.headers);
  trace.asks(input);
  const output = await runOperation(exchange, operation, input, { principal, info, trace });
  trace.answers(output);
  return output;
}

interface Asker {
  readonly principal: KmsPrincipal;
  readonly info: RequestInfo;
  readonly trace: RequestTrace;
}

async function runOperation(
  { keys, random, region, account }: Exchange,
  operation: KmsOperation,
  input: Readonly<Record<string, unknown>>,
  { principal, info, trace }: Asker,
): Promise<Readonly<Record<string, unknown>>> {
  const who = { principal, account, isTls: info.isTls };
  checkOperation(operation.name, who);
  return operation.run(input, {
    id: info.id,
    nowMs: info.receivedMs,
    principal,
    keys,
    random,
    region,
    account,
    authorize: (key, use) => {
      trace.uses(key, use);
      checkKey(key, use, keys, who);
    },
    authorizeAlso: (other) => checkOperation(other, who, false),
  });
}

function operationOf(head: RequestHead): KmsOperation {
  const name = TARGET.exec(head.headers.get('x-amz-target') ?? '')?.[1] ?? '';
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw unknownOperation();
  return operation;
}

function unknownOperation(): KmsError {
  return new KmsError('UnknownOperationException', 'there is no such operation');
}

function isHealthCheck({ method, url }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url === '/health';
}
