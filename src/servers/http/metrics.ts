/**
 * Counts that Prometheus collects. Source: "Prometheus text-based exposition format", version 0.0.4.
 * @module
 */
import { assert } from '../../base/failure.ts';

export type Labels = Readonly<Record<string, string>>;

/** Of one metric: beyond it all further ones are counted as one, so that no client can fill the memory. */
const LABEL_SETS_MAX = 1000;
const OTHER = 'other';

export interface Counter {
  add(labels?: Labels, n?: number): void;
}

export interface Histogram {
  /** @param value in the unit that the name ends in, which is seconds as a rule */
  observe(value: number, labels?: Labels): void;
}

export class Metrics {
  readonly #metrics = new Map<string, () => string[]>();

  /** @param name ends in `_total`, by custom */
  counter(name: string, help: string): Counter {
    const sums = new LabelTable<{ sum: number }>(() => ({ sum: 0 }));
    this.#register(name, help, 'counter', () =>
      sums.rows().map(([labels, { sum }]) => `${name}${braced(labels)} ${sum}`),
    );
    return {
      add: (labels = {}, n = 1) => {
        sums.at(labels).sum += n;
      },
    };
  }

  /** @param bounds upper ends of the buckets, growing; the last one, infinity, is added */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const table = new LabelTable(() => ({
      counts: Array.from({ length: bounds.length + 1 }, () => 0),
      sum: 0,
    }));
    this.#register(name, help, 'histogram', () =>
      table.rows().flatMap(([labels, row]) => histogramLines(name, labels, bounds, row)),
    );
    return {
      observe: (value, labels = {}) => {
        const row = table.at(labels);
        const found = bounds.findIndex((bound) => value <= bound);
        const i = found === -1 ? bounds.length : found;
        row.counts[i] = (row.counts[i] ?? 0) + 1;
        row.sum += value;
      },
    };
  }

  /** @param read asked whenever somebody collects */
  gauge(name: string, help: string, read: () => number): void {
    this.#register(name, help, 'gauge', () => [`${name} ${read()}`]);
  }

  text(): string {
    return [...this.#metrics.values()].map((lines) => `${lines().join('\n')}\n`).join('');
  }

  #register(name: string, help: string, type: string, lines: () => string[]): void {
    assert(/^[a-z_][a-z0-9_]*$/.test(name), `${name} is no name of a metric`);
    assert(!this.#metrics.has(name), `the metric ${name} is there already`);
    const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    const head = [`# HELP ${name} ${escaped}`, `# TYPE ${name} ${type}`];
    this.#metrics.set(name, () => [...head, ...lines()]);
  }
}

/** Rows by their labels, already written out: `method="GET",status="200"`. */
class LabelTable<T> {
  readonly #rows = new Map<string, T>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  at(labels: Labels): T {
    const key = labelText(labels);
    const known = this.#rows.get(key);
    if (known) return known;
    return this.#rows.size < LABEL_SETS_MAX ? this.#add(key) : this.#other(labels);
  }

  rows(): [labels: string, row: T][] {
    return [...this.#rows];
  }

  #other(labels: Labels): T {
    const key = labelText(Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER])));
    return this.#rows.get(key) ?? this.#add(key);
  }

  #add(key: string): T {
    const row = this.#make();
    this.#rows.set(key, row);
    return row;
  }
}

function histogramLines(
  name: string,
  labels: string,
  bounds: readonly number[],
  row: { readonly counts: readonly number[]; readonly sum: number },
): string[] {
  let total = 0;
  const prefix = labels === '' ? '' : `${labels},`;
  const buckets = row.counts.map((count, i) => {
    total += count;
    return `${name}_bucket{${prefix}le="${bounds[i] ?? '+Inf'}"} ${total}`;
  });
  const end = braced(labels);
  return [...buckets, `${name}_sum${end} ${row.sum}`, `${name}_count${end} ${total}`];
}

function labelText(labels: Labels): string {
  let text = '';
  for (const name of Object.keys(labels)) {
    text += `${text === '' ? '' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`;
  }
  return text;
}

function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
