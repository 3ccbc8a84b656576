/**
 * How fast it goes, and how long it will take: over the last half minute, and silent until that is
 * known.
 * @module
 */

const WINDOW_MS = 30_000;
const SAMPLE_EVERY_MS = 500;
/** No estimate before this much has been seen. */
const ESTIMATE_AFTER_MS = 3000;

/** Opening and storing one more file costs about as much as so many more bytes. */
const FILE_COST_BYTES = 32 * 1024;

export interface Done {
  readonly bytes: number;
  readonly files: number;
}

interface Sample extends Done {
  readonly atMs: number;
}

export class Pace {
  readonly #samples: Sample[] = [];

  /** @param atMs time that never goes back */
  observe(atMs: number, done: Done): void {
    const samples = this.#samples;
    const last = samples.at(-1);
    const isTooSoon = samples.length > 1 && last && atMs - last.atMs < SAMPLE_EVERY_MS;
    if (isTooSoon) samples.pop();
    samples.push({ atMs, bytes: done.bytes, files: done.files });
    while (samples.length > 2 && atMs - (samples[1]?.atMs ?? atMs) > WINDOW_MS) samples.shift();
  }

  get bytesPerSecond(): number | undefined {
    return this.#perSecond((sample) => sample.bytes);
  }

  /** Milliseconds until `total` is done at this pace, or `undefined` where nobody can say. */
  leftMs(total: Done): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.atMs - first.atMs < ESTIMATE_AFTER_MS) return undefined;
    const perSecond = this.#perSecond(work);
    if (perSecond === undefined || perSecond <= 0) return undefined;
    return (Math.max(0, work(total) - work(last)) / perSecond) * 1000;
  }

  #perSecond(of: (sample: Sample) => number): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.atMs === first.atMs) return undefined;
    return ((of(last) - of(first)) / (last.atMs - first.atMs)) * 1000;
  }
}

function work({ bytes, files }: Done): number {
  return bytes + files * FILE_COST_BYTES;
}
