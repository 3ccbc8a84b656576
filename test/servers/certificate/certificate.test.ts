import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { generateCertificate } from '../../../src/servers/certificate/generate-certificate.ts';
import type { CertificateOptions } from '../../../src/servers/certificate/generate-certificate.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const DAY_MS = 86_400_000;

function generate(options: Partial<CertificateOptions> = {}) {
  const names = ['127.0.0.1', '2001:db8::1', '::ffff:1.2.3.4', '*.s3.example', 'NAS'];
  const own = { commonName: 'localhost', names, days: 30, clock: Date.now, random: randomBytes };
  return generateCertificate({ ...own, ...options });
}

const openssl = (() => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
})();

describe('a certificate', () => {
  test('is for its names and its time, for servers, and no authority', async () => {
    const nowMs = Date.UTC(2026, 1, 3, 4, 5, 6);
    const { certPem, keyPem } = await generate({ clock: () => nowMs });
    const certificate = new X509Certificate(certPem);
    expect(certificate.subject).toBe('CN=localhost');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.validFromDate.getTime()).toBe(nowMs - 3_600_000);
    expect(certificate.validToDate.getTime()).toBe(nowMs + 30 * DAY_MS);
    const hosts = ['localhost', 'a.s3.example', 'nas', 'NAS'].map((name) =>
      certificate.checkHost(name),
    );
    expect(hosts).not.toContain(undefined);
    expect(certificate.checkHost('s3.example')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.1')).toBeDefined();
    expect(certificate.checkIP('2001:DB8:0::1')).toBeDefined();
    expect(certificate.checkIP('::ffff:1.2.3.4')).toBeDefined();
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  });

  test('has a number and a key of its own', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => generate()));
    const certificates = all.map(({ certPem }) => new X509Certificate(certPem));
    expect(new Set(certificates.map(({ serialNumber }) => serialNumber)).size).toBe(20);
    expect(new Set(all.map(({ keyPem }) => keyPem)).size).toBe(20);
  });

  test('is written soundly with any serial number, any common name, and beyond 2049', async () => {
    for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
      const random = (length: number): Uint8Array => new Uint8Array(length).fill(byte);
      const { certPem } = await generate({ random });
      expect(new X509Certificate(certPem).serialNumber).toMatch(/^[4-7]/);
    }
    const commonName = 'Büro, 2. Stock = NAS';
    const late = Date.UTC(2049, 11, 30);
    const { certPem } = await generate({ commonName, clock: () => late });
    expect(new X509Certificate(certPem).validToDate.getTime()).toBe(late + 30 * DAY_MS);
    const many = Array.from({ length: 99 }, (_, i) => `${'long-name'.repeat(6)}-${i}.example`);
    const large = new X509Certificate((await generate({ names: many })).certPem);
    expect(large.checkHost(many[98] ?? '')).toBe(many[98]);
  });

  test('is refused for names and times that make no sense', async () => {
    const wrong: Partial<CertificateOptions>[] = [
      { names: ['a b'] },
      { names: [''] },
      { names: ['-a'] },
      { names: ['a..b'] },
      { names: ['1.2.3'] },
      { names: ['1.2.3.256'] },
      { names: ['::1::2'] },
      { names: ['a.*.b'] },
      { names: ['a/b'] },
      { names: ['a\nb'] },
      { names: ['x'.repeat(64)] },
      { names: Array.from({ length: 101 }, (_, i) => `h${i}`) },
      { commonName: 'no host', names: [] },
      { commonName: '' },
      { commonName: 'a\u0000b' },
      { commonName: 'x'.repeat(65) },
      { days: 0 },
      { days: 1.5 },
      { days: 3651 },
      { days: Number.NaN },
    ];
    for (const options of wrong) {
      const made = generate(options);
      await expect(made, JSON.stringify(options)).rejects.toMatchObject({ code: 'serve/config' });
    }
  });

  test('is trusted by Node when it is told to, for its names only', async () => {
    const { certPem, keyPem } = await generate();
    const server = createServer({ cert: certPem, key: keyPem }, (_, response) => {
      response.end('x');
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (servername: string, ca?: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, servername, agent: false, ...(ca && { ca }) };
        get(options, (answer) => resolve(answer.resume().statusCode)).once('error', reject);
      });
    expect(await ask('localhost', certPem)).toBe(200);
    await expect(ask('elsewhere', certPem)).rejects.toThrow('altnames');
    await expect(ask('localhost')).rejects.toThrow(/self.signed/);
  });

  test.skipIf(openssl === undefined)('is sound to openssl, strictly looked at', async () => {
    const { certPem, keyPem } = await generate();
    const file = join(folder, 'cert.pem');
    writeFileSync(file, certPem);
    const run = (...args: string[]): string =>
      execFileSync('openssl', args, { encoding: 'utf8', input: keyPem, stdio: 'pipe' });
    const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', file];
    expect(run(...verify, '-verify_hostname', 'localhost', file)).toContain('OK');
    expect(() => run(...verify, '-verify_hostname', 'elsewhere', file)).toThrow();
    const publicKey = run('pkey', '-pubout');
    expect(run('x509', '-in', file, '-noout', '-pubkey')).toBe(publicKey);
  });
});
