import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { ObjectKind, Suite } from '../../src/crypto/sealed/header.ts';
import { openObject } from '../../src/crypto/sealed/open.ts';
import { sealObject } from '../../src/crypto/sealed/seal.ts';
import { Secret } from '../../src/crypto/secret.ts';
import {
  exportVaultKeys,
  importVaultKeys,
  openContext,
  sealContext,
  wipeVaultKeys,
} from '../../src/crypto/vault-keys.ts';
import type { KeyMaterial, VaultKeys } from '../../src/crypto/vault-keys.ts';
import { failureCode } from './failure-code.ts';
import { plaintext, seededRandom } from './sealed/fixture.ts';

const random = seededRandom('vault keys');
const kind = ObjectKind.config;
let keys: VaultKeys;

beforeEach(() => {
  const epochs = [1, 2, 9].map((epoch) => [epoch, Secret.random(32, random)] as const);
  keys = {
    vaultId: random(16),
    suite: Suite.chacha20poly1305,
    epochs: new Map(epochs),
    currentEpoch: 9,
    dedupKey: Secret.random(32, random),
  };
});

describe('the keys of a vault', () => {
  it('seal under the current epoch and open every epoch they know', () => {
    const plain = plaintext(50);
    expect(sealContext(keys, random)).toMatchObject({ epoch: 9, suite: Suite.chacha20poly1305 });
    for (const currentEpoch of [1, 2, 9]) {
      const { name, bytes } = sealObject(
        sealContext({ ...keys, currentEpoch }, random),
        kind,
        plain,
      );
      expect(Buffer.compare(openObject(openContext(keys), bytes, { kind, name }), plain)).toBe(0);
      const without = {
        ...keys,
        epochs: new Map([...keys.epochs].filter(([n]) => n !== currentEpoch)),
      };
      const open = () => openObject(openContext(without), bytes, { kind, name });
      expect(failureCode(open)).toBe('object/epoch');
    }
  });

  it('cannot seal without a key for the current epoch', () => {
    expect(() => sealContext({ ...keys, currentEpoch: 3 }, random)).toThrow('current epoch');
  });

  it('are all wiped together', () => {
    const { epochs, dedupKey } = keys;
    wipeVaultKeys(keys);
    expect([...epochs.values(), dedupKey].map((key) => key.length)).toEqual([0, 0, 0, 0]);
    const { seal } = { seal: () => sealObject(sealContext(keys, random), kind, plaintext(1)) };
    expect(seal).toThrow();
  });

  it('show no secret when they are printed', () => {
    expect(inspect(keys, { depth: 9 }).match(/\[secret\]/g)).toHaveLength(4);
    expect(JSON.stringify(keys)).toContain('"dedupKey":"[secret]"');
  });
});

describe('keys on their way to a worker thread', () => {
  it('arrive as they were, and open what the sender sealed', () => {
    const { name, bytes } = sealObject(sealContext(keys, random), kind, plaintext(9));
    const imported = importVaultKeys(posted(exportVaultKeys(keys)));
    expect(imported.vaultId).toEqual(keys.vaultId);
    expect([imported.suite, imported.currentEpoch]).toEqual([keys.suite, keys.currentEpoch]);
    expect(imported.dedupKey.use(toHex)).toBe(keys.dedupKey.use(toHex));
    expect([...imported.epochs].map(([n, key]) => [n, key.use(toHex)])).toEqual(
      [...keys.epochs].map(([n, key]) => [n, key.use(toHex)]),
    );
    const opened = openObject(openContext(imported), bytes, { kind, name });
    expect(Buffer.compare(opened, plaintext(9))).toBe(0);
  });

  it('take no other memory with them', () => {
    const pooled = { ...keys, dedupKey: Secret.take(Buffer.from('d'.repeat(32))) };
    const material = exportVaultKeys(pooled);
    const parts = [material.vaultId, material.dedupKey, ...material.epochs.map(({ key }) => key)];
    expect(parts.map((part) => part.buffer.byteLength - part.length)).toEqual(parts.map(() => 0));
  });

  it('are wiped from the message that brought them, and live on their own', () => {
    const material = exportVaultKeys(keys);
    const imported = importVaultKeys(material);
    wipeVaultKeys(keys);
    expect(material.dedupKey).toEqual(new Uint8Array(32));
    expect(material.epochs.map(({ key }) => toHex(key))).toEqual(
      ['00', '00', '00'].map((x) => x.repeat(32)),
    );
    expect(imported.dedupKey.use(toHex)).not.toBe('00'.repeat(32));
  });

  it('are refused where they are incomplete', () => {
    const material = exportVaultKeys(keys);
    expect(() => importVaultKeys({ ...material, currentEpoch: 3 })).toThrow('current epoch');
    const short = { ...exportVaultKeys(keys), dedupKey: new Uint8Array(31) };
    expect(() => importVaultKeys(short)).toThrow('32 bytes');
    const noId = { ...exportVaultKeys(keys), vaultId: new Uint8Array(8) };
    expect(() => importVaultKeys(noId)).toThrow('vault id');
  });
});

/** Through a real message port, as a worker receives it. */
function posted(material: KeyMaterial): KeyMaterial {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(material);
  const received = receiveMessageOnPort(port2) as { message: KeyMaterial };
  port1.close();
  return received.message;
}
