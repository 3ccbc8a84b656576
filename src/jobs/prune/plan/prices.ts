/**
 * What a prune costs and saves, by a price table of the user's.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import { GiB } from '../../../base/units.ts';
import type { PrunePlanReport, PruneCost } from '../events.ts';
import type { ListedPack, Survey } from '../survey.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS_IN_MONTH = 30;

/** Prices of a provider, in its currency; what is left out costs nothing. */
export interface PriceTable {
  readonly currency: string;
  readonly storagePerGBMonth: number;
  readonly putPer1000: number;
  readonly getPer1000: number;
  readonly listPer1000: number;
  readonly deletePer1000: number;
  /** Of what is read. */
  readonly egressPerGB: number;
  /** Deleted earlier, an object is paid for as if it had stayed so long. */
  readonly minimumDays: number;
}

const FIELDS = [
  'storagePerGBMonth',
  'putPer1000',
  'getPer1000',
  'listPer1000',
  'deletePer1000',
  'egressPerGB',
  'minimumDays',
] as const;

/**
 * Reads a price table: one JSON object with the members of `PriceTable`.
 * @throws AppError `usage` naming the file and the member that is wrong
 */
export function parsePrices(text: string, file: string): PriceTable {
  const bad = (why: string): never => {
    throw new AppError('usage', `${file} is no price table: ${why}`, {
      hint: `it is one JSON object with ${FIELDS.join(', ')} (numbers) and currency (text)`,
    });
  };
  const json = parseObject(text) ?? bad('it is not one JSON object');
  const { currency = '' } = json;
  if (typeof currency !== 'string' || currency.length > 16) return bad('currency is no short text');
  const unknown = Object.keys(json).find((key) => key !== 'currency' && !isField(key));
  if (unknown !== undefined) return bad(`${JSON.stringify(unknown)} is no price`);
  const prices = FIELDS.map((field) => {
    const price = json[field] ?? 0;
    const isPrice = typeof price === 'number' && Number.isFinite(price) && price >= 0;
    return [field, isPrice ? price : bad(`${field} is no number of at least 0`)] as const;
  });
  return { currency, ...(Object.fromEntries(prices) as Record<(typeof FIELDS)[number], number>) };
}

function isField(key: string): boolean {
  return FIELDS.some((field) => field === key);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** @param deleted names of packs that go now, by the plan */
export function costOf(
  prices: PriceTable,
  plan: Omit<PrunePlanReport, 'cost'>,
  { listed, nowMs }: Pick<Survey, 'listed' | 'nowMs'>,
  deleted: readonly string[],
): PruneCost {
  const { get, put, list, delete: deletes } = plan.requests;
  const requests =
    get * prices.getPer1000 +
    put * prices.putPer1000 +
    list * prices.listPer1000 +
    deletes * prices.deletePer1000;
  const freed = plan.delete.bytes + plan.condemn.bytes + plan.waiting.bytes - plan.bytesMoved;
  const young = deleted.map((id) => tooYoungCost(prices, listed.get(id), nowMs));
  return {
    currency: prices.currency,
    requests: requests / 1000,
    transfer: (plan.bytesMoved / GiB) * prices.egressPerGB,
    earlyDeletion: young.reduce((sum, cost) => sum + cost, 0),
    savedEachMonth: (freed / GiB) * prices.storagePerGBMonth,
  };
}

function tooYoungCost(
  { minimumDays, storagePerGBMonth }: PriceTable,
  pack: ListedPack | undefined,
  nowMs: number | undefined,
): number {
  if (pack?.modifiedMs === undefined || nowMs === undefined) return 0;
  const days = minimumDays - (nowMs - pack.modifiedMs) / DAY_MS;
  return days <= 0 ? 0 : (days / DAYS_IN_MONTH) * (pack.sizeBytes / GiB) * storagePerGBMonth;
}
