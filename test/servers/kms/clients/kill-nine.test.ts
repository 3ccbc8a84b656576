/**
 * The KMS is killed at random moments under load: whatever was acknowledged before still works.
 * KILLS=100 for a long run; SEED= replays one (but for the speed of the machine).
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  RotateKeyOnDemandCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAudit } from '../../../../src/servers/audit/verify-audit.ts';
import { Home } from '../../../cli/support/program.ts';
import { addKeyByCommand, startKmsProcess, type CliKey } from './kms-process.ts';

const kills = Number(process.env['KILLS'] ?? 10);
const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const WORKERS = 6;
/** Old ciphertexts that are tried after each start; all of them are in the end. */
const SAMPLE = 40;
/** Before a kill, of all workers together. */
const MOST_ANSWERS = 300;

function generator(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Sealed {
  readonly blob: Uint8Array | undefined;
  readonly plaintext: Uint8Array | undefined;
  readonly context: Record<string, string>;
}

/** One worker's key and alias, and how far it is known to have come. */
interface Acknowledged {
  readonly keyId: string;
  readonly alias: string;
  aliasTarget: string;
  /** What was asked for and not answered: may or may not have happened. */
  aliasPending: string | undefined;
  description: number;
  /** Another change of the description was under way. */
  isDescribing: boolean;
}

class Torture {
  readonly #next = generator(seed);
  readonly #keys: Acknowledged[] = [];
  readonly sealed: Sealed[] = [];
  #isKilled = false;
  #hasFailed = false;
  /** Acknowledged requests of all rounds. */
  #answers = 0;

  /** Works until the server is gone. */
  async load(client: KMSClient, name: string): Promise<void> {
    try {
      const key = await this.#makeKey(client, `alias/${name}`);
      const other = (await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
      for (let i = 1; !this.#isKilled; i++) {
        this.#answers += 3;
        await this.#seal(client, key, i);
        await this.#describe(client, key, i);
        await this.#point(client, key, i % 2 === 0 ? key.keyId : other);
        if (i % 5 === 0) await client.send(new RotateKeyOnDemandCommand({ KeyId: key.keyId }));
      }
    } catch (error) {
      const { name: what } = error as Error;
      if (!this.#isKilled && what !== 'LimitExceededException') {
        this.#hasFailed = true;
        throw error;
      }
    }
  }

  async #makeKey(client: KMSClient, alias: string): Promise<Acknowledged> {
    const keyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
    const key = { keyId, alias, aliasTarget: keyId, aliasPending: undefined };
    const whole: Acknowledged = { ...key, description: 0, isDescribing: false };
    this.#keys.push(whole);
    this.#answers += 2;
    return whole;
  }

  async #seal(client: KMSClient, { keyId }: Acknowledged, i: number): Promise<void> {
    const context = { round: String(i) };
    const asked = { KeyId: keyId, EncryptionContext: context };
    if (i % 2 === 0) {
      const made = await client.send(new GenerateDataKeyCommand({ ...asked, KeySpec: 'AES_256' }));
      this.sealed.push({ blob: made.CiphertextBlob, plaintext: made.Plaintext, context });
      return;
    }
    const plaintext = Buffer.from(`message ${i}`);
    const made = await client.send(new EncryptCommand({ ...asked, Plaintext: plaintext }));
    this.sealed.push({ blob: made.CiphertextBlob, plaintext, context });
  }

  async #describe(client: KMSClient, key: Acknowledged, i: number): Promise<void> {
    key.isDescribing = true;
    const asked = { KeyId: key.keyId, Description: String(i) };
    await client.send(new UpdateKeyDescriptionCommand(asked));
    key.description = i;
    key.isDescribing = false;
  }

  async #point(client: KMSClient, key: Acknowledged, target: string): Promise<void> {
    key.aliasPending = target;
    await client.send(new UpdateAliasCommand({ AliasName: key.alias, TargetKeyId: target }));
    key.aliasTarget = target;
    key.aliasPending = undefined;
  }

  /** Kills a random while after a random number of answers, so that a slow machine is hit as well. */
  async aim(kill: () => Promise<unknown>): Promise<void> {
    const enough = this.#answers + Math.floor(MOST_ANSWERS * this.#next() * this.#next());
    while (this.#answers < enough && !this.#hasFailed) await sleep(1);
    await sleep(15 * this.#next());
    this.#isKilled = true;
    await kill();
  }

  /** All that was acknowledged, of keys whose worker has ended; a sample of ciphertexts. */
  async verify(client: KMSClient, from: number): Promise<void> {
    this.#isKilled = false;
    for (const key of this.#keys.splice(0)) await verifyKey(client, key);
    const old = Array.from({ length: from === 0 ? 0 : SAMPLE }, () => {
      return this.sealed[Math.floor(this.#next() * from)];
    });
    await opensAll(client, [...old.filter((one) => one !== undefined), ...this.sealed.slice(from)]);
  }
}

async function verifyKey(client: KMSClient, key: Acknowledged): Promise<void> {
  const own = await client.send(new DescribeKeyCommand({ KeyId: key.keyId }));
  const described = Number(own.KeyMetadata?.Description);
  expect([key.description, key.description + Number(key.isDescribing)]).toContain(described);
  const pointed = await client.send(new DescribeKeyCommand({ KeyId: key.alias }));
  const { aliasTarget, aliasPending } = key;
  expect([aliasTarget, aliasPending]).toContain(pointed.KeyMetadata?.KeyId);
}

async function opensAll(client: KMSClient, sealed: readonly Sealed[]): Promise<void> {
  await Promise.all(
    sealed.map(async ({ blob, plaintext, context }) => {
      const asked = { CiphertextBlob: blob, EncryptionContext: context };
      const opened = await client.send(new DecryptCommand(asked));
      expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Buffer.from(plaintext ?? []));
    }),
  );
}

let home: Home;
let flags: string[];
let access: CliKey;
beforeAll(async () => {
  home = await Home.make();
  await home.run(['serve', 'generate-key', home.in('key')]);
  flags = ['--data', home.in('data'), '--master-key-file', home.in('key')];
  access = await addKeyByCommand(home, flags);
});
afterAll(() => home[Symbol.asyncDispose]());

function clientOf(endpoint: string): KMSClient {
  const { accessKeyId, secret } = access;
  const credentials = { accessKeyId, secretAccessKey: secret };
  return new KMSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

const name = `a KMS that is killed ${kills} times loses nothing that it acknowledged`;
test(name, { timeout: 30 * 60_000 }, async () => {
  console.log(`kill -9: SEED=${seed} KILLS=${kills}`);
  const torture = new Torture();
  let verified = 0;
  for (let round = 0; round < kills; round++) {
    const server = await startKmsProcess(home, flags);
    const client = clientOf(server.url);
    await torture.verify(client, verified);
    verified = torture.sealed.length;
    const workers = Array.from({ length: WORKERS }, (_, i) => {
      return torture.load(client, `round-${round}-${i}`);
    });
    await torture.aim(() => server.stop('SIGKILL'));
    await Promise.all(workers);
    client.destroy();
  }
  const server = await startKmsProcess(home, flags);
  const client = clientOf(server.url);
  await torture.verify(client, verified);
  for (let at = 0; at < torture.sealed.length; at += 200) {
    await opensAll(client, torture.sealed.slice(at, at + 200));
  }
  client.destroy();
  expect(await server.stop()).toMatchObject({ exitCode: 0 });
  expect(torture.sealed.length).toBeGreaterThan(kills);
  const audit = await verifyAudit(home.in('data', 'audit.jsonl'));
  expect(audit).not.toHaveProperty('brokenAt');
  console.log(`kill -9: ${kills} kills, ${torture.sealed.length} ciphertexts open`);
});
