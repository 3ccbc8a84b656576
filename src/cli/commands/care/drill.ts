/**
 * `cybs3 drill [snapshot]`
 * @module
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { AppError, messageOf } from '../../../base/failure.ts';
import type { DrilledFile, Evidence } from '../../../format/documents/evidence.ts';
import { DRILLED_FILES_MAX } from '../../../format/documents/evidence.ts';
import type { DrillEvent, DrillSummary } from '../../../jobs/drill/events.ts';
import type { SavedSnapshot } from '../../../vault/snapshots.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { count, size } from '../../options/parse.ts';
import { SNAPSHOT_ARGUMENT_HELP } from '../../options/snapshot-argument.ts';
import { addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';

interface DrillFlags extends WordsFlags {
  readonly sample?: number;
  readonly bytes?: number;
  readonly evidence?: string;
  readonly tmpDir?: string;
}

const NOTES = `
Nothing but the words and the bucket is used: no copies on this machine. What is restored
is compared with the snapshot, and with the files on this disk that are as old and as large
as they were; then it is removed. \`cybs3 status\` tells when it was done last.

Examples:
  cybs3 drill                                        20 files of the latest snapshot
  cybs3 drill latest:host=web --sample 200 --bytes 2GiB
  cybs3 drill --evidence drill-2026-11.json          for whoever wants to see it`;

export function addDrill(parent: Command, host: CommandHost): void {
  const command = parent
    .command('drill')
    .argument('[snapshot]', SNAPSHOT_ARGUMENT_HELP)
    .summary('rehearse a restore, and record that it worked')
    .description(
      'Restore files drawn at random (those that changed last are likelier) to a temporary\n' +
        'folder, compare them, and record in the vault what came of it.',
    );
  const option = (flags: string, help: string): Option => new Option(flags, help).helpGroup('How:');
  command
    .addOption(option('--sample <n>', 'at most so many files (default: 20)').argParser(count))
    .addOption(
      option('--bytes <size>', 'of so many bytes together (default: 200MiB)').argParser(size),
    )
    .addOption(option('--evidence <file>', 'write the evidence there as well, as JSON'))
    .addOption(option('--tmp-dir <dir>', 'where to make the temporary folder [TMPDIR]'));
  addVaultOptions(command);
  command.addHelpText('after', NOTES).action(host.action<DrillFlags>(runDrill));
}

async function runDrill(context: CommandContext<DrillFlags>, from?: string): Promise<ExitCode> {
  const { flags, io, signal } = context;
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/drill/drill.ts');
  const needs = { writes: false, noCache: true, meanwhile: loadJob };
  await using vault = await openNamedVault(context, needs);
  const { drill } = await loadJob();
  const { drillView } = await import('./evidence/drill-view.ts');
  const { exitCodeOf, runJob } = await import('../../render/job.ts');
  const { snapshot, previous } = await findSnapshots(vault, from ?? 'latest', signal);
  await using folder = await makeFolder(resolve(io.cwd, flags.tmpDir ?? tmpdir()));
  const outcome: Outcome = { files: [] };
  const events = drill(vault, {
    snapshot,
    previous,
    target: folder.path,
    host: hostname(),
    signal,
    ...(flags.sample !== undefined && { files: flags.sample }),
    ...(flags.bytes !== undefined && { bytes: flags.bytes }),
  });
  const tally = await runJob(collecting(events, outcome), context, drillView);
  await recordDrill(context, vault, outcome);
  return exitCodeOf(tally);
}

/** The snapshot, and the one of the same host and paths before it. */
async function findSnapshots(vault: Vault, selector: string, signal: AbortSignal) {
  const { listSnapshots, resolveSnapshot } = await import('../../../jobs/snapshots.ts');
  const snapshot = await resolveSnapshot(vault, selector, signal);
  const { host, timeMs } = snapshot.snapshot;
  const same = await listSnapshots(vault, { hosts: [host], signal });
  const paths = (one: SavedSnapshot): string =>
    one.snapshot.roots.map((root) => Buffer.from(root).toString('hex')).join();
  const earlier = same.filter((one) => one.snapshot.timeMs < timeMs);
  const previous = earlier.filter((one) => paths(one) === paths(snapshot)).at(-1);
  return { snapshot, previous };
}

/** For this user only; removed with all that is in it. */
async function makeFolder(parent: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(parent, 'cybs3-drill-')).catch((cause: unknown) => {
    throw new AppError('files/write', `no folder can be made in ${parent}: ${messageOf(cause)}`, {
      cause,
      hint: 'choose another place with --tmp-dir',
    });
  });
  const { removeFolder } = await import('./evidence/remove-folder.ts');
  return { path, [Symbol.asyncDispose]: () => removeFolder(path) };
}

interface Outcome {
  readonly files: DrilledFile[];
  summary?: DrillSummary;
}

async function* collecting(
  events: AsyncIterable<DrillEvent>,
  outcome: Outcome,
): AsyncGenerator<DrillEvent> {
  for await (const event of events) {
    if (event.type === 'summary') outcome.summary = event;
    if (event.type === 'file') {
      const { path, sizeBytes: bytes, sha256 } = event;
      outcome.files.push({ path, bytes, sha256 });
    }
    yield event;
  }
}

async function recordDrill(
  context: CommandContext<DrillFlags>,
  vault: Vault,
  { files, summary }: Outcome,
): Promise<void> {
  if (!summary) return;
  const {
    snapshotId: snapshot,
    snapshotHost,
    snapshotTimeMs,
    filesRestored,
    bytesRestored,
  } = summary;
  const { filesFailed, filesSameOnDisk, filesDifferOnDisk, digest, durationMs } = summary;
  const { saveEvidence } = await import('./evidence/save-evidence.ts');
  const facts = {
    type: 'drill',
    snapshot,
    snapshotHost,
    snapshotTimeMs,
    filesRestored,
    bytesRestored,
    filesFailed,
    filesSameOnDisk,
    filesDifferOnDisk,
    digest,
    durationMs,
    files: files.slice(0, DRILLED_FILES_MAX),
  } as const;
  const evidence = await saveEvidence(context, vault, facts, { isForWriting: false });
  const { evidence: file } = context.flags;
  if (file !== undefined) {
    await writeEvidence(resolve(context.io.cwd, file), { ...evidence, files } as Evidence, vault);
  }
}

async function writeEvidence(path: string, evidence: Evidence, vault: Vault): Promise<void> {
  const { vaultId, store } = vault;
  const document = {
    schema: 'cybs3/v1',
    ...evidence,
    time: new Date(evidence.timeMs).toISOString(),
    vault: { id: vaultId, location: store.location },
  };
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  await writeFile(path, text, { mode: 0o600 }).catch((cause: unknown) => {
    throw new AppError('files/write', `cannot write ${path}: ${messageOf(cause)}`, { cause });
  });
}
