import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { CHUNK_ID_BYTES, createChunkIdentifier } from '../../src/crypto/chunk-id.ts';
import {
  deriveDedupKeys,
  deriveObjectKeys,
  deriveRoot,
  deriveSlotKey,
  hkdfExpand,
} from '../../src/crypto/derive.ts';
import { mnemonicToSeed } from '../../src/crypto/mnemonic.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { hex, pattern, readVectors } from './read-vectors.ts';

interface DerivedKeys {
  slot: { root: string; vaultId: string; slotId: string; expect: string };
  dedup: { dedupKey: string; expect: Record<string, string> };
  chunkIds: { comment: string; chunk: string | null; bytes: number; expect: string }[];
}
const roots = readVectors<{ vectors: Record<string, string>[] }>('roots.json').vectors;
const hkdf = readVectors<{
  vectors: { comment: string; prk: string; info: string; bytes: number; expect: string }[];
}>('hkdf.json').vectors;
const derived = readVectors<DerivedKeys>('derived-keys.json');
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('the root', () => {
  it.each(roots)('of $comment is the one of the original CybS3', (vector) => {
    using seed = mnemonicToSeed(vector['mnemonic'] ?? '');
    using root = deriveRoot(seed);
    expect(seed.use(toHex)).toBe(vector['seed']);
    expect(root.use(toHex)).toBe(vector['expect']);
  });
});

describe('HKDF-Expand', () => {
  it.each(hkdf)('RFC 5869 $comment', ({ prk, info, bytes, expect: okm }) => {
    expect(toHex(hkdfExpand(hex(prk), hex(info), bytes))).toBe(okm);
  });

  it('agrees with Node, which extracts first, for every length', () => {
    fc.assert(
      fc.property(bytes32, fc.uint8Array(), fc.integer({ min: 1, max: 8160 }), (ikm, info, n) => {
        const salt = Buffer.from('salt');
        const prk = createHmac('sha256', salt).update(ikm).digest();
        const theirs = new Uint8Array(hkdfSync('sha256', ikm, salt, info, n));
        expect(toHex(hkdfExpand(prk, info, n))).toBe(toHex(theirs));
      }),
    );
  });

  it.each([0, 8161])('refuses to give %i bytes', (length) => {
    expect(() => hkdfExpand(new Uint8Array(32), new Uint8Array(0), length)).toThrow('length');
  });
});

describe('derived keys', () => {
  it('are the known ones for a slot', () => {
    const { root, vaultId, slotId, expect: key } = derived.slot;
    using slotKey = deriveSlotKey(Secret.take(hex(root)), hex(vaultId), hex(slotId));
    expect(slotKey.use(toHex)).toBe(key);
  });

  it('are the known ones under the dedup key', () => {
    using keys = deriveDedupKeys(Secret.take(hex(derived.dedup.dedupKey)));
    expect({
      'chunk-id': keys.chunkId.use(toHex),
      'gear-table': keys.gearTable.use(toHex),
      boundary: keys.boundary.use(toHex),
      'manifest-cut': keys.manifestCut.use(toHex),
    }).toEqual(derived.dedup.expect);
  });

  it('are all wiped together', () => {
    const keys = deriveDedupKeys(Secret.take(new Uint8Array(32)));
    keys[Symbol.dispose]();
    const { chunkId, gearTable, boundary, manifestCut } = keys;
    expect([chunkId, gearTable, boundary, manifestCut].map((key) => key.length)).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('differ with every byte they depend on', () => {
    const prefix = pattern(64);
    const vaultId = pattern(16);
    const seen = new Set([objectKey(prefix, vaultId)]);
    for (let i = 0; i < 64; i++) seen.add(objectKey(flipped(prefix, i), vaultId));
    for (let i = 0; i < 16; i++) seen.add(objectKey(prefix, flipped(vaultId, i)));
    expect(seen.size).toBe(1 + 64 + 16);
  });

  it('refuse inputs of another length, which could be moved into one another', () => {
    const key = Secret.take(new Uint8Array(32));
    const short = Secret.take(new Uint8Array(31));
    const id = new Uint8Array(16);
    expect(() => deriveSlotKey(key, new Uint8Array(17), new Uint8Array(15))).toThrow('vault id');
    expect(() => deriveSlotKey(key, id, new Uint8Array(15))).toThrow('slot id');
    expect(() => deriveSlotKey(short, id, id)).toThrow('32 bytes');
    expect(() => deriveObjectKeys(key, new Uint8Array(96), id)).toThrow('header prefix');
    expect(() => deriveObjectKeys(key, new Uint8Array(64), new Uint8Array(0))).toThrow('vault id');
    expect(() => deriveObjectKeys(short, new Uint8Array(64), id)).toThrow('epoch key');
    expect(() => deriveDedupKeys(short)).toThrow('32 bytes');
  });
});

describe('chunk ids', () => {
  it.each(derived.chunkIds)('$comment', ({ chunk, bytes, expect: id }) => {
    using keys = deriveDedupKeys(Secret.take(hex(derived.dedup.dedupKey)));
    const identify = createChunkIdentifier(keys.chunkId);
    const content = chunk === null ? pattern(bytes) : hex(chunk);
    expect(toHex(identify(content))).toBe(id);
    expect(identify(content)).toHaveLength(CHUNK_ID_BYTES);
  });

  it('are the same from shared memory, and do not need the secret any more', () => {
    const key = Secret.take(pattern(32));
    const identify = createChunkIdentifier(key);
    key.wipe();
    const shared = new Uint8Array(new SharedArrayBuffer(1000));
    shared.set(pattern(1000));
    const expected = createHmac('sha256', pattern(32)).update(pattern(1000)).digest('hex');
    expect(toHex(identify(shared))).toBe(expected);
  });

  it('are each a buffer of their own', () => {
    const identify = createChunkIdentifier(Secret.take(pattern(32)));
    const first = identify(pattern(1));
    const kept = Uint8Array.from(first);
    identify(pattern(2));
    expect(Uint8Array.from(first)).toEqual(kept);
  });
});

function objectKey(prefix: Uint8Array, vaultId: Uint8Array): string {
  const { key } = deriveObjectKeys(Secret.take(new Uint8Array(32)), prefix, vaultId);
  return toHex(key);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 0x80);
}
