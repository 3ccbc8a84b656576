/**
 * Reading JSON from outside: `unknown` at the door, exact types behind it.
 * @module
 */
import { fromHex, toHex, tryUtf8, utf8Bytes } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export function encodeJson(value: unknown): Uint8Array {
  return utf8Bytes(`${JSON.stringify(value)}\n`);
}

/** Typed reading of one JSON object; `what` names it in errors. */
export class JsonReader {
  readonly #object: JsonObject;
  readonly #what: string;

  constructor(object: JsonObject, what: string) {
    this.#object = object;
    this.#what = what;
  }

  /** @throws AppError `format/invalid` where the bytes are not one JSON object */
  static parse(bytes: Uint8Array, what: string): JsonReader {
    const text = tryUtf8(bytes);
    let value: unknown;
    try {
      value = JSON.parse(text ?? '');
    } catch {
      throw new AppError('format/invalid', `${what} is damaged: it is not JSON`);
    }
    if (!isObject(value)) throw new AppError('format/invalid', `${what} is damaged: no object`);
    return new JsonReader(value, what);
  }

  fail(field: string): never {
    throw new AppError(
      'format/invalid',
      `${this.#what} is damaged: its ${field} is not as written`,
    );
  }

  has(field: string): boolean {
    return this.#object[field] !== undefined && this.#object[field] !== null;
  }

  text(field: string, maxLength = 65_536): string {
    const value = this.#object[field];
    return typeof value === 'string' && value.length <= maxLength ? value : this.fail(field);
  }

  /** A whole number of at least zero. */
  count(field: string): number {
    const value = this.#object[field];
    const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    return fits ? value : this.fail(field);
  }

  flag(field: string): boolean {
    const value = this.#object[field];
    return typeof value === 'boolean' ? value : this.fail(field);
  }

  hex(field: string, lengthBytes: number): Uint8Array {
    return fromHex(this.text(field), lengthBytes) ?? this.fail(field);
  }

  base64(field: string, maxBytes = 1 << 20): Uint8Array {
    const text = this.text(field, 2 * maxBytes);
    const bytes = new Uint8Array(Buffer.from(text, 'base64'));
    const same = Buffer.from(bytes).toString('base64') === text;
    return same && bytes.length <= maxBytes ? bytes : this.fail(field);
  }

  object(field: string): JsonReader {
    const value = this.#object[field];
    return isObject(value) ? new JsonReader(value, this.#what) : this.fail(field);
  }

  objects(field: string, maxCount = 10_000): JsonReader[] {
    return this.#array(field, maxCount).map((item) =>
      isObject(item) ? new JsonReader(item, this.#what) : this.fail(field),
    );
  }

  texts(field: string, maxCount = 10_000): string[] {
    return this.#array(field, maxCount).map((item) =>
      typeof item === 'string' ? item : this.fail(field),
    );
  }

  /** A map of text to text. */
  textMap(field: string): Record<string, string> {
    const value = this.#object[field];
    if (!isObject(value)) return this.fail(field);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) =>
        typeof item === 'string' ? [key, item] : this.fail(field),
      ),
    );
  }

  #array(field: string, maxCount: number): unknown[] {
    const value = this.#object[field];
    return Array.isArray(value) && value.length <= maxCount ? value : this.fail(field);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Bytes that are usually text: as text where they are UTF-8, as hex otherwise. */
export function bytesToJson(bytes: Uint8Array): { text: string } | { hex: string } {
  const text = tryUtf8(bytes);
  return text === undefined ? { hex: toHex(bytes) } : { text };
}

export function bytesFromJson(reader: JsonReader): Uint8Array {
  if (reader.has('text')) return utf8Bytes(reader.text('text', 1 << 20));
  return fromHex(reader.text('hex', 1 << 21)) ?? reader.fail('hex');
}
