/**
 * Checksums over bytes that come in pieces. Source: AWS, "Checking object integrity": CRC-32 (IEEE), CRC-32C
 * (Castagnoli), CRC-64/NVME, SHA-1 and SHA-256, all as the base64 of their big-endian bytes.
 * @module
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32cJs, Crc64NvmeJs } from '@aws-sdk/checksums/crc';
import type { ChecksumAlgorithm } from '../model/checksum.ts';

export interface ChecksumHash {
  update(bytes: Buffer): void;
  /** Base64. The hash is used up. */
  digest(): Promise<string>;
}

export function checksumHash(algorithm: ChecksumAlgorithm): ChecksumHash {
  switch (algorithm) {
    case 'CRC32':
      return new Crc32Hash();
    case 'CRC32C':
      return foreignHash(new Crc32cJs());
    case 'CRC64NVME':
      return foreignHash(new Crc64NvmeJs());
    case 'SHA1':
      return nodeHash('sha1');
    case 'SHA256':
      return nodeHash('sha256');
    default:
      return algorithm satisfies never;
  }
}

/** Bytes of a digest, before base64. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** Whether `text` is the base64, written in full, of as many bytes as `algorithm` gives. */
export function isChecksum(algorithm: ChecksumAlgorithm, text: string): boolean {
  return isBase64Of(text, CHECKSUM_BYTES[algorithm]);
}

/** Whether `text` is exactly how base64 writes some `sizeBytes` bytes. */
export function isBase64Of(text: string, sizeBytes: number): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === sizeBytes && bytes.toString('base64') === text;
}

class Crc32Hash implements ChecksumHash {
  #value = 0;

  update(bytes: Buffer): void {
    this.#value = crc32(bytes, this.#value);
  }

  digest(): Promise<string> {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value);
    return Promise.resolve(bytes.toString('base64'));
  }
}

function nodeHash(name: 'sha1' | 'sha256'): ChecksumHash {
  const hash = createHash(name);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => Promise.resolve(hash.digest('base64')),
  };
}

interface ForeignHash {
  update(bytes: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}

function foreignHash(hash: ForeignHash): ChecksumHash {
  return {
    update: (bytes) => hash.update(bytes),
    digest: async () => Buffer.from(await hash.digest()).toString('base64'),
  };
}
