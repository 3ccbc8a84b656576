/**
 * Measures one piece of work inside this process: CPU seconds of all its threads, and wall seconds.
 * @module
 */

export interface Rate {
  readonly name: string;
  /** Bytes that went through. */
  readonly bytes: number;
  readonly cpuS: number;
  readonly wallS: number;
}

const ROUNDS = 3;

/** The best of three rounds by CPU time: what disturbs makes it longer, never shorter. */
export async function meter(
  name: string,
  bytes: number,
  work: () => void | Promise<void>,
): Promise<Rate> {
  let best: Rate | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    const usage = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(usage);
    const wallS = (performance.now() - begin) / 1000;
    const cpuS = (user + system) / 1e6;
    if (!best || cpuS < best.cpuS) best = { name, bytes, cpuS, wallS };
  }
  if (!best) throw new Error('nothing was measured');
  return best;
}
