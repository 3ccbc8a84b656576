/**
 * Writes the bench's part of docs/performance.md, and the charts beside it.
 * @module
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawCharts } from './charts.ts';
import { commandBlock, writePart } from './made-part.ts';
import { toMarkdown } from './markdown.ts';
import type { Summary } from './summary.ts';

/** @param docs the folder of performance.md */
export function writeDocs(summary: Summary, docs: string, ours: string): void {
  const charts = drawCharts(summary, ours);
  const folder = join(docs, 'performance');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.endsWith('.svg')) rmSync(join(folder, name));
  for (const { name, svg } of charts) writeFileSync(join(folder, name), svg);
  const pictures = charts.map(({ name, title }) => `![${title}](performance/${name})`);
  const how = commandBlock(summary.setting?.command ?? '');
  writePart('bench', [how, '', ...pictures, '', toMarkdown(summary, ours)].join('\n'), docs);
}
