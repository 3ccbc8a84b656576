/**
 * Which operation a request asks for: by level, method, query parameters and, for copies, a header.
 *
 * A query parameter that nobody understands is `NotImplemented`: never is a request for one thing answered as if
 * it were for another.
 * @module
 */
import type { Address } from './read-address.ts';
import type { Operation } from './operation.ts';
import { S3Error } from './s3-error.ts';

export type Router = (
  method: string,
  address: Address,
  headers: Readonly<Record<string, string | undefined>>,
) => Operation;

/** Parameters that say nothing about what is asked for: SDKs name the operation in `x-id`. */
const isIgnored = (name: string): boolean => name === 'x-id' || /^x-amz-/i.test(name);

/** @returns a function that throws S3Error `NotImplemented`, `MethodNotAllowed` */
export function makeRouter(operations: readonly Operation[]): Router {
  const byPlace = new Map<string, Operation[]>();
  for (const operation of operations) {
    const place = placeOf(operation.method, operation.level);
    byPlace.set(place, [...(byPlace.get(place) ?? []), operation]);
  }
  for (const some of byPlace.values()) some.sort((a, b) => weightOf(b) - weightOf(a));
  return (method, address, headers) => {
    const candidates = byPlace.get(placeOf(method, address.level));
    if (candidates === undefined) throw notAllowed(method);
    const found = candidates.find((one) => isSelected(one, address.query, headers));
    if (found === undefined) throw notImplemented(address.query);
    for (const name of address.query.keys()) {
      if (!isUnderstood(found, name)) throw notImplemented(address.query);
    }
    return found;
  };
}

function isUnderstood({ selectors, parameters }: Operation, name: string): boolean {
  return selectors.includes(name) || parameters.includes(name) || isIgnored(name);
}

function placeOf(method: string, level: string): string {
  return `${method} ${level}`;
}

/** Most selectors win; among equals the one that a header selects. */
function weightOf({ selectors, selectingHeader }: Operation): number {
  return selectors.length * 2 + (selectingHeader === undefined ? 0 : 1);
}

function isSelected(
  { selectors, selectingHeader }: Operation,
  query: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string | undefined>>,
): boolean {
  if (selectingHeader !== undefined && headers[selectingHeader] === undefined) return false;
  return selectors.every((name) => query.has(name));
}

function notAllowed(method: string): S3Error {
  const message = 'The specified method is not allowed against this resource.';
  return new S3Error('MethodNotAllowed', message, { detail: { Method: method } });
}

function notImplemented(query: ReadonlyMap<string, string>): S3Error {
  const names = [...query.keys()].filter((name) => !isIgnored(name)).join(', ');
  const message = 'A request that this server does not implement was made.';
  return new S3Error('NotImplemented', message, { detail: { Parameters: names.slice(0, 200) } });
}
