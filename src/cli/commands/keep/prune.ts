/**
 * `cybs3 prune`
 * @module
 */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { AppError, messageOf } from '../../../base/failure.ts';
import { parseSizeBytes } from '../../../base/units.ts';
import type { PriceTable } from '../../../jobs/prune/plan/prices.ts';
import type { PruneEvent, PruneSummary } from '../../../jobs/prune/events.ts';
import type { PruneOptions, UnusedLimit } from '../../../jobs/prune/options.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { ExitCode } from '../../explain.ts';
import { duration } from '../../options/parse-duration.ts';
import { size } from '../../options/parse.ts';
import { addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';

interface PruneFlags extends WordsFlags {
  readonly dryRun?: boolean;
  readonly grace?: number;
  readonly maxUnused?: UnusedLimit;
  readonly maxRepack?: number;
  readonly prices?: string;
}

const EXAMPLES = `
Examples:
  cybs3 forget && cybs3 prune              by the saved policy, each night
  cybs3 prune --dry-run --prices s3.json   what it would free, and what that costs
  cybs3 prune --grace 0                    free space at once; no backup should be running

Prices are a JSON object: currency, storagePerGBMonth, putPer1000, getPer1000, listPer1000,
deletePer1000, egressPerGB, minimumDays.`;

export function addPrune(parent: Command, host: CommandHost): void {
  const command = parent
    .command('prune')
    .summary('free what no snapshot needs')
    .description(
      'Free what no snapshot needs. It takes two runs: the first condemns, and one after the\n' +
        'grace deletes. Backups may run meanwhile, and it may be interrupted at any time.',
    )
    .addOption(new Option('--dry-run', 'say what would be freed, and change nothing'))
    .addOption(
      new Option(
        '--grace <duration>',
        'how long what is condemned stays: 24h, 7d, 0 (default: 24h)',
      ).argParser(duration),
    )
    .addOption(
      new Option(
        '--max-unused <limit>',
        'how much may stay unused, as 5%, 10GiB or unlimited (default: 5%)',
      ).argParser(unusedLimit),
    )
    .addOption(
      new Option('--max-repack <size>', 'move at most so much in this run').argParser(size),
    )
    .addOption(new Option('--prices <file>', 'say what it costs, by this price table'));
  addVaultOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<PruneFlags>(runPrune));
}

async function runPrune(context: CommandContext<PruneFlags>): Promise<ExitCode> {
  const { flags, signal } = context;
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/prune/prune.ts');
  const prices = flags.prices === undefined ? undefined : await readPrices(flags.prices);
  const needs = { writes: flags.dryRun !== true, readsIndex: false, meanwhile: loadJob };
  await using vault = await openNamedVault(context, needs);
  const { prune } = await loadJob();
  const { pruneView } = await import('./prune-view.ts');
  const { runJob } = await import('../../render/job.ts');
  const known = (await vault.watch?.known()) ?? [];
  const knownSnapshots = known.map(({ id }) => id);
  const events = prune(vault, { ...optionsOf(context, prices), knownSnapshots });
  const outcome: { summary?: PruneSummary } = {};
  await runJob(noting(events, outcome), context, pruneView(flags.dryRun === true));
  signal.throwIfAborted();
  if (outcome.summary) await record(context, vault, outcome.summary);
  return ExitCode.done;
}

async function* noting(
  events: AsyncIterable<PruneEvent>,
  outcome: { summary?: PruneSummary },
): AsyncGenerator<PruneEvent> {
  for await (const event of events) {
    if (event.type === 'summary') outcome.summary = event;
    yield event;
  }
}

async function record(
  context: CommandContext<object>,
  vault: Vault,
  { packsDeleted, packsCondemned, bytesFreed, durationMs }: PruneSummary,
): Promise<void> {
  const { saveEvidence } = await import('../care/evidence/save-evidence.ts');
  const facts = { type: 'prune', packsDeleted, packsCondemned, bytesFreed, durationMs } as const;
  await saveEvidence(context, vault, facts, { isForWriting: true });
}

function optionsOf(
  { flags, signal, programVersion }: CommandContext<PruneFlags>,
  prices: PriceTable | undefined,
): PruneOptions {
  const { dryRun = false, grace, maxUnused, maxRepack } = flags;
  return {
    signal,
    program: `cybs3 ${programVersion}`,
    dryRun,
    ...(grace !== undefined && { graceMs: grace }),
    ...(maxUnused !== undefined && { maxUnused }),
    ...(maxRepack !== undefined && { maxRepackBytes: maxRepack }),
    ...(prices && { prices }),
  };
}

async function readPrices(file: string): Promise<PriceTable> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('usage', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  });
  const { parsePrices } = await import('../../../jobs/prune/plan/prices.ts');
  return parsePrices(text, file);
}

function unusedLimit(text: string): UnusedLimit {
  if (text === 'unlimited') return { bytes: Infinity };
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent) return { fraction: Number(percent[1]) / 100 };
  const bytes = parseSizeBytes(text);
  if (bytes === undefined) throw new InvalidArgumentError('Write 5%, 10GiB, 0 or unlimited.');
  return { bytes };
}
