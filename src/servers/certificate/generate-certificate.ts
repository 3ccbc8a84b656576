/**
 * A certificate that nobody else vouches for: good enough where the client is told to trust exactly this one.
 *
 * X.509 v3 (RFC 5280), P-256, signed by itself, for servers only and no authority: whoever trusts it trusts it
 * for its own names and for nothing else that its key could sign.
 * @module
 */
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { AppError } from '../../base/failure.ts';
import type { Clock, RandomBytes } from '../../base/ports.ts';
import { alternativeNames } from './alternative-names.ts';
import {
  DER_TRUE,
  derBitString,
  derExplicit,
  derImplicit,
  derInteger,
  derObjectId,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8,
} from './der.ts';

export interface CertificateOptions {
  /** Also one of its names, where it can be one of a host. */
  readonly commonName: string;
  /** Host names (`*.` allowed in front) and IP addresses. */
  readonly names: readonly string[];
  /** From now. */
  readonly days: number;
  readonly clock: Clock;
  /** For its serial number. */
  readonly random: RandomBytes;
}

export interface Certificate {
  readonly certPem: string;
  /** PKCS #8, unencrypted: a secret. */
  readonly keyPem: string;
}

const DAY_MS = 86_400_000;
const DAYS_MAX = 3650;
/** Clocks of clients may be behind. */
const BEFORE_MS = 3_600_000;

/** Object identifiers: RFC 5280 and RFC 5758. */
const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

const X509_V3 = Buffer.of(2);

/** @throws AppError `serve/config` for a name or a number of days that no certificate can have */
export async function generateCertificate(options: CertificateOptions): Promise<Certificate> {
  const { commonName, days, clock } = options;
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) {
    throw new AppError('serve/config', `a certificate is good for 1 to ${DAYS_MAX} days`);
  }
  // RFC 5280, upper bound ub-common-name.
  if (!/^[^\p{Cc}\p{Cs}]{1,64}$/u.test(commonName)) {
    throw new AppError('serve/config', 'a common name has 1 to 64 characters');
  }
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const nowMs = clock();
  const algorithm = derSequence(derObjectId(ECDSA_WITH_SHA256));
  const name = derSequence(derSet(derSequence(derObjectId(COMMON_NAME), derUtf8(commonName))));
  const body = derSequence(
    derExplicit(0, derInteger(X509_V3)),
    derInteger(serialNumber(options.random)),
    algorithm,
    name,
    derSequence(derTime(nowMs - BEFORE_MS), derTime(nowMs + days * DAY_MS)),
    name,
    keys.publicKey,
    derExplicit(3, extensionsOf(keys.publicKey, subjectAltName(commonName, options.names))),
  );
  const signature = sign('sha256', body, createPrivateKey(keys.privateKey));
  return {
    certPem: toPem(derSequence(body, algorithm, derBitString(signature))),
    keyPem: keys.privateKey,
  };
}

function extensionsOf(publicKey: Buffer, names: Buffer): Buffer {
  // RFC 5280 §4.2.1.2 takes SHA-1 of the bits as an example of an id: it protects nothing.
  const keyId = createHash('sha1').update(publicKey.subarray(-65)).digest();
  return derSequence(
    extension(BASIC_CONSTRAINTS, derSequence(), 'critical'),
    // Bit 0, digitalSignature.
    extension(KEY_USAGE, derBitString(Buffer.of(0x80), 7), 'critical'),
    extension(EXTENDED_KEY_USAGE, derSequence(derObjectId(SERVER_AUTH))),
    extension(SUBJECT_KEY_ID, derOctetString(keyId)),
    extension(SUBJECT_ALT_NAME, names),
  );
}

function subjectAltName(commonName: string, names: readonly string[]): Buffer {
  // [2] dNSName, [7] iPAddress.
  const all = alternativeNames(commonName, names).map((name) =>
    name.type === 'dns'
      ? derImplicit(2, Buffer.from(name.value))
      : derImplicit(7, Buffer.from(name.bytes)),
  );
  return derSequence(...all);
}

function extension(id: string, value: Buffer, critical?: 'critical'): Buffer {
  const flag = critical === undefined ? [] : [DER_TRUE];
  return derSequence(derObjectId(id), ...flag, derOctetString(value));
}

/** Positive, 126 bits of it unpredictable. */
function serialNumber(random: RandomBytes): Uint8Array {
  const bytes = Uint8Array.from(random(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
