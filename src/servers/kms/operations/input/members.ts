/**
 * The members of a request, read strictly: unknown ones are ignored, `null` is the same as absent, a
 * wrong type is a SerializationException and a value out of bounds a ValidationException, as with AWS.
 * Messages never repeat a value.
 * @module
 */
import { utf8Bytes } from '../../../../base/bytes.ts';
import type { EncryptionContext } from '../../crypto/encryption-context.ts';
import { NO_CONTEXT } from '../../crypto/encryption-context.ts';
import { KmsError } from '../../kms-error.ts';

export interface Limits {
  /** Of characters, bytes, or the number itself. */
  readonly min: number;
  readonly max: number;
}

export interface TextLimits extends Limits {
  readonly pattern?: RegExp;
}

/** AWS bounds the context by the 8 KiB that it takes. */
const CONTEXT_BYTES_MAX = 8192;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export class Members {
  readonly #input: Readonly<Record<string, unknown>>;

  constructor(input: Readonly<Record<string, unknown>>) {
    this.#input = input;
  }

  /** Whether it was given and is not null. */
  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  text(name: string, limits: TextLimits): string | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : checkText(value, name, limits);
  }

  needText(name: string, limits: TextLimits): string {
    return needed(this.text(name, limits), name);
  }

  /** @returns bytes of the caller's own, decoded from base64 */
  bytes(name: string, limits: Limits): Buffer | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw wrongType(name, 'base64 text');
    // Four characters for three bytes: what is longer need not be decoded to be too long.
    if (value.length > 4 * Math.ceil(limits.max / 3)) throw tooLong(name, limits.max);
    const bytes = value.length % 4 === 0 && BASE64.test(value) && Buffer.from(value, 'base64');
    if (bytes === false || bytes.toString('base64') !== value) throw wrongType(name, 'base64 text');
    checkLength(bytes.length, name, limits);
    return bytes;
  }

  needBytes(name: string, limits: Limits): Buffer {
    return needed(this.bytes(name, limits), name);
  }

  /** A whole number. */
  number(name: string, limits: Limits): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Number.isSafeInteger(value)) throw wrongType(name, 'a whole number');
    const number = Number(value);
    if (number < limits.min)
      throw invalid(name, `have value greater than or equal to ${limits.min}`);
    if (number > limits.max) throw invalid(name, `have value less than or equal to ${limits.max}`);
    return number;
  }

  /** False where it is absent. */
  flag(name: string): boolean {
    const value = this.#value(name) ?? false;
    if (typeof value !== 'boolean') throw wrongType(name, 'true or false');
    return value;
  }

  choice<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : checkChoice(value, name, values);
  }

  needChoice<T extends string>(name: string, values: readonly T[]): T {
    return needed(this.choice(name, values), name);
  }

  /** Empty where it is absent. */
  choices<T extends string>(name: string, values: readonly T[]): readonly T[] {
    return (this.list(name) ?? []).map((value) => checkChoice(value, name, values));
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.#value(name);
    if (value === undefined || Array.isArray(value)) return value;
    throw wrongType(name, 'a list');
  }

  needList(name: string): readonly unknown[] {
    return needed(this.list(name), name);
  }

  /** Empty where it is absent. */
  context(name: string): EncryptionContext {
    const value = this.#value(name);
    if (value === undefined) return NO_CONTEXT;
    const context = new Map<string, string>();
    let size = 0;
    for (const [key, text] of Object.entries(asMembers(value, name))) {
      if (typeof text !== 'string') throw wrongType(name, 'a map of texts');
      if (!key.isWellFormed() || !text.isWellFormed()) throw wrongType(name, 'a map of texts');
      size += utf8Bytes(key).length + utf8Bytes(text).length;
      if (size > CONTEXT_BYTES_MAX) throw tooLong(name, CONTEXT_BYTES_MAX);
      context.set(key, text);
    }
    return context;
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#input, name) ? (this.#input[name] ?? undefined) : undefined;
  }
}

/** An object of JSON. @throws KmsError `SerializationException` */
export function asMembers(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw wrongType(name, 'an object');
}

/** @throws KmsError `SerializationException` where it is no text, `ValidationException` */
export function checkText(value: unknown, name: string, limits: TextLimits): string {
  // What is not well-formed would be stored, compared and bound as something else than it is.
  if (typeof value !== 'string' || !value.isWellFormed()) throw wrongType(name, 'a text');
  checkLength(value.length, name, limits);
  const { pattern } = limits;
  if (pattern === undefined || pattern.test(value)) return value;
  throw invalid(name, `satisfy regular expression pattern: ${pattern.source}`);
}

function checkChoice<T extends string>(value: unknown, name: string, values: readonly T[]): T {
  if (typeof value !== 'string') throw wrongType(name, 'a text');
  const chosen = values.find((one) => one === value);
  if (chosen === undefined) {
    throw invalid(name, `satisfy enum value set: [${values.join(', ')}]`);
  }
  return chosen;
}

function checkLength(length: number, name: string, { min, max }: Limits): void {
  if (length < min) throw invalid(name, `have length greater than or equal to ${min}`);
  if (length > max) throw tooLong(name, max);
}

function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw invalid(name, 'not be null');
  return value;
}

function tooLong(name: string, max: number): KmsError {
  return invalid(name, `have length less than or equal to ${max}`);
}

/** In AWS's words, which name members with a small first letter. */
function invalid(name: string, must: string): KmsError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const what = `Value at '${member}' failed to satisfy constraint: Member must ${must}`;
  return new KmsError('ValidationException', `1 validation error detected: ${what}`);
}

function wrongType(name: string, what: string): KmsError {
  return new KmsError('SerializationException', `${name} has to be ${what}`);
}
