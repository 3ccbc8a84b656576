/**
 * Our own S3 server, with our own KMS behind it, as the S3 that the client's tests meet where no other is named: the
 * same `RGW_…` variables as a Ceph gateway's.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { generateCertificate } from '../../src/servers/certificate/generate-certificate.ts';
import { TestKms } from '../servers/support/start-kms.ts';
import { startS3 } from '../servers/support/start-s3.ts';

export interface OwnS3 extends AsyncDisposable {
  /** For whoever is to use it. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startOwnS3(): Promise<OwnS3> {
  await using stack = new AsyncDisposableStack();
  const kms = stack.use(await TestKms.start());
  const { accessKeyId, secret } = kms.admin;
  const credentials = { accessKeyId, secretAccessKey: secret };
  const s3 = stack.use(
    await startS3({ kms: { endpoint: kms.url, region: 'us-east-1', credentials } }),
  );
  const certificate = await selfSigned();
  const caFile = join(s3.folder, 'ca.pem');
  writeFileSync(caFile, certificate.cert);
  const tlsPort = await encrypted(s3.port, certificate, stack);
  const other = s3.addKey('other', 'full', [{ bucket: 'nowhere', prefix: '' }]);
  const [one, two] = [await newKey(kms), await newKey(kms)];
  const full = s3.accessKeys.full;
  const released = stack.move();
  return {
    env: {
      RGW_IS_OURS: '1',
      RGW_ENDPOINT: s3.url,
      RGW_TLS_ENDPOINT: `https://127.0.0.1:${tlsPort}`,
      RGW_TLS_CA: caFile,
      RGW_ACCESS_KEY: full.principal.accessKeyId,
      RGW_SECRET_KEY: full.secret,
      RGW_ACCESS_KEY_2: other.principal.accessKeyId,
      RGW_SECRET_KEY_2: other.secret,
      RGW_KMS_KEY_ID: one,
      RGW_KMS_KEY_ID_2: two,
    },
    [Symbol.asyncDispose]: () => released.disposeAsync(),
  };
}

/** @returns the ARN */
async function newKey(kms: TestKms): Promise<string> {
  const { KeyMetadata } = await kms.client().send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const names = ['localhost', '127.0.0.1'];
  const clock = Date.now;
  const random = (length: number): Uint8Array => randomBytes(length);
  const made = await generateCertificate({
    commonName: 'localhost',
    names,
    days: 1,
    clock,
    random,
  });
  return { cert: made.certPem, key: made.keyPem };
}

/** TLS in front of a port: what comes out is passed on. @returns its own port */
async function encrypted(
  port: number,
  certificate: { cert: string; key: string },
  stack: AsyncDisposableStack,
): Promise<number> {
  const server = createServer(certificate, (socket) => {
    const inner = connect(port, '127.0.0.1');
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}
