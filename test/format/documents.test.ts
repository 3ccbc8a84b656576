import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeySlot, SlotPayload } from '../../src/format/documents/key-slot.ts';
import {
  decodeIntactSlot,
  decodeKeySlot,
  decodeSlotPayload,
  encodeKeySlot,
  encodeSlotPayload,
} from '../../src/format/documents/key-slot.ts';
import type { SavedSettings } from '../../src/format/documents/settings.ts';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
} from '../../src/format/documents/settings.ts';
import { decodeVaultFile, encodeVaultFile } from '../../src/format/documents/vault-file.ts';
import { COMPRESSION_MODES } from '../../src/format/compress.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/format/snapshot.ts';
import { plain, snapshot } from './arbitraries.ts';
import { attempt, flipEveryBit, refusesEveryCut } from './damage.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ maxLength: 20, unit: 'grapheme' });

const slot: fc.Arbitrary<KeySlot> = fc.record(
  {
    slotId: bytes(16).map((id) => Buffer.from(id).toString('hex')),
    kind: text,
    payload: fc.uint8Array({ maxLength: 300 }),
    vault: fc.record({ version: fc.nat(), vaultId: bytes(16), suite: fc.nat() }),
  },
  { requiredKeys: ['slotId', 'kind', 'payload'] },
);

const payload: fc.Arbitrary<SlotPayload> = fc.record({
  vaultId: bytes(16),
  version: fc.nat(),
  suite: fc.nat(),
  epochs: fc.uniqueArray(fc.record({ epoch: fc.integer({ min: 1 }), key: bytes(32) }), {
    minLength: 1,
    maxLength: 4,
    selector: ({ epoch }) => epoch,
  }),
  dedupKey: bytes(32),
  createdMs: fc.maxSafeNat(),
});

const settings: fc.Arbitrary<SavedSettings> = fc.record({
  settings: fc.record(
    {
      compression: fc.constantFrom(...COMPRESSION_MODES),
      packSizeBytes: fc.integer({ min: 24, max: 27 }).map((log2) => 2 ** log2),
      sse: fc.record(
        {
          algorithm: fc.constantFrom(
            'AES256' as const,
            'aws:kms' as const,
            'aws:kms:dsse' as const,
          ),
          kmsKeyId: text,
          kmsContext: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), text, { maxKeys: 3 }),
          bucketKey: fc.constant(true),
        },
        { requiredKeys: ['algorithm'] },
      ),
      storageClass: text,
    },
    { requiredKeys: ['compression', 'packSizeBytes'] },
  ),
  sequence: fc.nat(),
  timeMs: fc.maxSafeNat(),
});

const vaultFile = fc.record({
  version: fc.constant(1),
  vaultId: bytes(16),
  suite: fc.constantFrom(1, 2),
});

interface Pair<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T;
}

const pairs: Pair<never>[] = [
  {
    name: 'a snapshot',
    values: snapshot,
    encode: encodeSnapshot,
    decode: (one: Uint8Array) => decodeSnapshot(one, 'a test'),
  },
  {
    name: 'a key slot',
    values: slot,
    encode: encodeKeySlot,
    decode: (one: Uint8Array) => decodeKeySlot(one, 'a test'),
  },
  {
    name: 'an intact key slot',
    values: slot,
    encode: encodeKeySlot,
    decode: (one: Uint8Array) => decodeIntactSlot(one, 'a test'),
  },
  { name: 'a slot payload', values: payload, encode: encodeSlotPayload, decode: decodeSlotPayload },
  { name: 'settings', values: settings, encode: encodeSettings, decode: decodeSettings },
  { name: 'a vault file', values: vaultFile, encode: encodeVaultFile, decode: decodeVaultFile },
] as unknown as Pair<never>[];

describe.each(pairs)('$name', ({ values, encode, decode }) => {
  test('comes back as it went in', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(plain(decode(encode(value)))).toEqual(plain(value));
      }),
    );
  });

  test('that is cut is refused', () => {
    const [value] = fc.sample(values, { numRuns: 1, seed: 1 });
    // Only the line feed at the end may be missing.
    if (value !== undefined) refusesEveryCut(encode(value).slice(0, -1), decode);
  });

  test('in which a bit flipped never breaks the program', () => {
    for (const value of fc.sample(values, { numRuns: 2, seed: 2 })) {
      flipEveryBit(encode(value), decode);
    }
  });

  test('of other JSON, or none, is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (json) => {
        expect(attempt(() => decode(Buffer.from(json)))).toHaveProperty('refused');
      }),
    );
  });
});

describe('documents with values that cannot be', () => {
  const changed = (document: Uint8Array, change: object): Buffer =>
    Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(document).toString()), ...change }));

  test.each([{ version: 2 }, { suite: 3 }, { suite: 0 }])(
    'a vault file with %j is for a newer program',
    (change) => {
      const file = encodeVaultFile({ version: 1, vaultId: new Uint8Array(16), suite: 1 });
      const result = attempt(() => decodeVaultFile(changed(file, change)));
      expect(result).toHaveProperty('refused.code', 'vault/unsupported');
    },
  );

  test.each([
    { vaultId: 'abc' },
    { vaultId: 5 },
    { format: 'other' },
    { suite: 1.5 },
    { suite: -1 },
  ])('a vault file with %j is refused', (change) => {
    const file = encodeVaultFile({ version: 1, vaultId: new Uint8Array(16), suite: 1 });
    const result = attempt(() => decodeVaultFile(changed(file, change)));
    expect(result).toHaveProperty('refused.code', 'format/invalid');
  });

  test.each([
    { packSizeBytes: 1000 },
    { packSizeBytes: 2 ** 30 },
    { packSizeBytes: 48 * 1024 * 1024 },
    { compression: 'brotli' },
    { sse: { algorithm: 'none' } },
    { sse: 'AES256' },
    { sequence: -1 },
  ])('settings with %j are refused', (change) => {
    const saved = encodeSettings({ settings: DEFAULT_SETTINGS, sequence: 1, timeMs: 1 });
    const result = attempt(() => decodeSettings(changed(saved, change)));
    expect(result).toHaveProperty('refused.code', 'format/invalid');
  });

  test.each([
    { manifest: { id: 'ab', level: 0, entries: 0 } },
    { manifest: { id: '00'.repeat(32), level: 9, entries: 0 } },
    { chain: { sequence: 1, previous: { id: 'zz', sha256: '00'.repeat(32) } } },
    { roots: [{ hex: 'xyz' }] },
    { roots: ['text'] },
    { tags: [1] },
    { timeMs: 1e300 },
    { version: 2 },
  ])('a snapshot with %j is refused', (change) => {
    const [value] = fc.sample(snapshot, { numRuns: 1, seed: 4 });
    if (!value) return;
    const result = attempt(() => decodeSnapshot(changed(encodeSnapshot(value), change), 'a test'));
    expect(result).toHaveProperty('refused.code', 'format/invalid');
  });
});
