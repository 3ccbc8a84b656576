/**
 * JSON documents, public and sealed.
 * @module
 */
import fc from 'fast-check';
import { isFailure } from '../../../src/base/failure.ts';
import type { GcRecord } from '../../../src/format/documents/gc-record.ts';
import { decodeGcRecord, encodeGcRecord } from '../../../src/format/documents/gc-record.ts';
import { decodeKeySlot, decodeSlotPayload } from '../../../src/format/documents/key-slot.ts';
import { encodeKeySlot, encodeSlotPayload } from '../../../src/format/documents/key-slot.ts';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
} from '../../../src/format/documents/settings.ts';
import { decodeVaultFile, encodeVaultFile } from '../../../src/format/documents/vault-file.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/format/snapshot.ts';
import { snapshot } from '../../format/arbitraries.ts';
import type { Target } from '../targets.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hex = (length: number) => bytes(length).map((one) => Buffer.from(one).toString('hex'));

const vaultFile: Target = {
  name: 'vault.json',
  valid: bytes(16).map((vaultId) => encodeVaultFile({ version: 1, vaultId, suite: 1 })),
  decode: (text) => void decodeVaultFile(text),
  codes: ['format/invalid', 'vault/unsupported'],
};

const slot: Target = {
  name: 'a key slot',
  valid: fc
    .record({ slotId: hex(16), kind: fc.constant('mnemonic'), payload: bytes(300) })
    .map(encodeKeySlot),
  decode: (text) => void decodeKeySlot(text, 'a slot'),
  codes: ['format/invalid', 'vault/unsupported'],
};

const slotPayload: Target = {
  name: 'the payload of a key slot',
  valid: fc
    .record({ vaultId: bytes(16), first: bytes(32), second: bytes(32), dedupKey: bytes(32) })
    .map(({ vaultId, first, second, dedupKey }) =>
      encodeSlotPayload({
        vaultId,
        version: 1,
        suite: 1,
        epochs: [
          { epoch: 1, key: first },
          { epoch: 7, key: second },
        ],
        dedupKey,
        createdMs: 1_790_000_000_000,
      }),
    ),
  decode: (text) => void decodeSlotPayload(text),
  codes: ['format/invalid'],
};

const settings: Target = {
  name: 'the settings',
  valid: fc.record({ sequence: fc.nat(), timeMs: fc.nat() }).map((more) =>
    encodeSettings({
      ...more,
      settings: {
        ...DEFAULT_SETTINGS,
        sse: { algorithm: 'aws:kms', kmsKeyId: 'key', kmsContext: { a: 'b' }, bucketKey: true },
        storageClass: 'STANDARD_IA',
      },
    }),
  ),
  decode: (text) => void decodeSettings(text),
  codes: ['format/invalid'],
};

const snapshots: Target = {
  name: 'a snapshot',
  valid: snapshot.map(encodeSnapshot),
  decode: (text) => void decodeSnapshot(text, 'a snapshot'),
  codes: ['format/invalid'],
};

const names = (max: number) => fc.array(hex(16), { maxLength: max });
const packs = fc.record({ data: names(5), meta: names(3) });
const forgotten = fc.record({
  id: hex(16),
  sha256: hex(32),
  host: fc.string({ maxLength: 10 }),
  sequence: fc.nat(),
  timeMs: fc.nat(),
});
const when = { timeMs: fc.maxSafeNat() };
const gcRecord: fc.Arbitrary<GcRecord> = fc.oneof(
  fc.record({ type: fc.constant('condemned'), ...when, graceMs: fc.nat(), packs }),
  fc.record({ type: fc.constant('pardoned'), ...when, record: hex(16), packs }),
  fc.record({
    type: fc.constant('forgotten'),
    ...when,
    graceMs: fc.nat(),
    snapshots: fc.array(forgotten, { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant('undeleted'), ...when, record: hex(16), snapshots: names(4) }),
  fc.record({
    type: fc.constant('pending'),
    ...when,
    manifest: fc.record({ id: bytes(32), level: fc.nat(8), entries: fc.nat() }),
  }),
  fc.record({ type: fc.constant('run'), ...when, program: fc.string({ maxLength: 10 }) }),
);

const gc: Target = {
  name: 'a record of what was condemned or forgotten',
  valid: gcRecord.map(encodeGcRecord),
  decode: (text) => void decodeGcRecord(text, 'a record'),
  codes: ['format/invalid', 'vault/unsupported'],
};

/** JSON that is well formed, of a shape that nobody expects. */
const strangeJson: Target = {
  name: 'documents of any other JSON',
  valid: fc.oneof(
    fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)),
    fc.nat(20_000).map((depth) => Buffer.from('['.repeat(depth) + ']'.repeat(depth))),
    fc
      .nat(100_000)
      .map((depth) => Buffer.from(`${'{"roots":'.repeat(depth)}1${'}'.repeat(depth)}`)),
  ),
  decode: (text) => {
    const all = [
      decodeVaultFile,
      (one: Uint8Array) => decodeKeySlot(one, 'a slot'),
      decodeSlotPayload,
      decodeSettings,
      (one: Uint8Array) => decodeSnapshot(one, 'a snapshot'),
      (one: Uint8Array) => decodeGcRecord(one, 'a record'),
    ];
    for (const decode of all) {
      try {
        decode(text);
      } catch (error) {
        if (!isFailure(error, 'format/invalid', 'vault/unsupported')) throw error;
      }
    }
  },
  codes: [],
};

export const DOCUMENT_TARGETS: readonly Target[] = [
  vaultFile,
  slot,
  slotPayload,
  settings,
  snapshots,
  gc,
  strangeJson,
];
