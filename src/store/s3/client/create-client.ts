/**
 * The SDK's client with the settings that make it fast and keep it quiet.
 *
 * The SDK's own retries are off (`maxAttempts: 1`): they know no time bound, share one budget over
 * all requests until it is empty, and hide from us what we want to tell. `store/retry.ts` does it
 * instead.
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { AppError, messageOf } from '../../../base/failure.ts';
import { KiB } from '../../../base/units.ts';
import { createAgents } from './agent.ts';
import type { ChecksumMode, S3Settings } from '../config.ts';
import { shapeRequests } from './request-body.ts';
import { S3Client } from './sdk.ts';

const nothing = () => undefined;
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** @throws AppError `store/config` for a CA file that cannot be read, or a proxy this Node lacks */
export async function createClient(settings: S3Settings): Promise<S3Client> {
  const { endpoint, profile, concurrency } = settings;
  const ca = settings.caFile === undefined ? undefined : await readAuthorities(settings.caFile);
  const agents = createAgents({ maxSockets: concurrency, ca, env: settings.env ?? {} });
  const config: S3ClientConfig = {
    region: settings.region ?? (await configuredRegion(profile)),
    forcePathStyle: settings.pathStyle ?? endpoint !== undefined,
    followRegionRedirects: endpoint === undefined,
    maxAttempts: 1,
    // A throw-away connection for each larger body is what the default amounts to.
    expectContinueHeader: false,
    requestChecksumCalculation: checksumCalculation(settings.checksums, endpoint),
    // What comes back is authenticated by our own format.
    responseChecksumValidation: 'WHEN_REQUIRED',
    logger: silent,
    requestHandler: {
      ...agents,
      connectionTimeout: settings.connectTimeoutMs,
      socketTimeout: socketTimeoutMs(settings),
      logger: silent,
    },
    ...(endpoint !== undefined && { endpoint }),
    ...(profile !== undefined && { profile }),
    ...credentials(settings),
  };
  const client = new S3Client(config);
  shapeRequests(client, settings);
  return client;
}

async function readAuthorities(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  } catch (error) {
    throw new AppError('store/config', `could not read the CA file: ${messageOf(error)}`, {
      cause: error,
    });
  }
  throw new AppError('store/config', `there is no PEM certificate in the CA file ${path}`);
}

/** As environment or profile say; AWS redirects from `us-east-1`, and most others take any. */
async function configuredRegion(profile: string | undefined): Promise<string> {
  const client = new S3Client({ logger: silent, ...(profile !== undefined && { profile }) });
  try {
    return await client.config.region();
  } catch {
    return 'us-east-1';
  } finally {
    client.destroy();
  }
}

function checksumCalculation(mode: ChecksumMode = 'auto', endpoint: string | undefined) {
  const supported = mode === 'auto' ? endpoint === undefined : mode === 'when-supported';
  return supported ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
}

/**
 * A download that waits for its turn under a limit is not stalled: the time all connections need
 * for one read each, doubled, must pass.
 */
function socketTimeoutMs(settings: S3Settings): number {
  const { idleTimeoutMs, concurrency, limits } = settings;
  const slowest = Math.min(
    limits.download?.bytesPerSecond ?? Infinity,
    limits.upload?.bytesPerSecond ?? Infinity,
  );
  const roundMs = ((concurrency * 256 * KiB) / slowest) * 1000;
  return Math.max(idleTimeoutMs, Math.ceil(2 * roundMs));
}

function credentials(settings: S3Settings): Pick<S3ClientConfig, 'credentials'> | undefined {
  const { accessKeyId, secretAccessKey, sessionToken } = settings;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const token = sessionToken === undefined ? undefined : { sessionToken };
  return { credentials: { accessKeyId, secretAccessKey, ...token } };
}
