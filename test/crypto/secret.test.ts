import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/crypto/secret.ts';

const BYTES = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);

describe('a secret', () => {
  it('prints as [secret] in every way people print things', () => {
    const secret = Secret.copyOf(BYTES);
    expect(String(secret)).toBe('[secret]');
    expect('key ' + String(secret)).toBe('key [secret]');
    expect(JSON.stringify({ key: secret })).toBe('{"key":"[secret]"}');
    expect(inspect({ key: secret }, { showHidden: true, depth: 9 })).toBe('{ key: [secret] }');
    expect(format('%s %o %j %O', secret, secret, secret, secret)).not.toMatch(/222|de|0x/);
  });

  it('shows no bytes to whoever lists its properties, copies it or clones it', () => {
    const secret = Secret.copyOf(BYTES);
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(Object.assign({}, secret)).toEqual({});
    expect(Object.keys(structuredClone(secret))).toEqual([]);
  });

  it('takes ownership with take, and leaves the original alone with copyOf', () => {
    const taken = Uint8Array.from(BYTES);
    const copied = Uint8Array.from(BYTES);
    Secret.take(taken).wipe();
    Secret.copyOf(copied).wipe();
    expect(taken).toEqual(new Uint8Array(4));
    expect(copied).toEqual(BYTES);
  });

  it('cannot be used once it is wiped, and may be wiped again', () => {
    const secret = Secret.copyOf(BYTES);
    expect(secret.length).toBe(4);
    secret.wipe();
    secret.wipe();
    expect(secret.length).toBe(0);
    expect(() => secret.use((bytes) => bytes.length)).toThrow('wiped');
    expect(() => secret.clone()).toThrow('wiped');
  });

  it('is wiped at the end of a block that is using it', () => {
    const bytes = Uint8Array.from(BYTES);
    {
      using secret = Secret.take(bytes);
      expect(secret.use((lent) => Uint8Array.from(lent))).toEqual(BYTES);
    }
    expect(bytes).toEqual(new Uint8Array(4));
  });

  it('has clones with lifetimes of their own', () => {
    const secret = Secret.copyOf(BYTES);
    const clone = secret.clone();
    secret.wipe();
    expect(clone.use((bytes) => Uint8Array.from(bytes))).toEqual(BYTES);
  });

  it('refuses a random source that gives too few bytes', () => {
    expect(() => Secret.random(32, () => new Uint8Array(31))).toThrow('random');
    expect(Secret.random(32, (length) => new Uint8Array(length)).length).toBe(32);
  });
});
