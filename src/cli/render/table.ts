/**
 * Columns for people.
 * @module
 */

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A header and rows, two spaces between columns, each line ended by a newline. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, i) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[i])), column.title.length),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const cell = cells[i] ?? '';
        const padding = ' '.repeat((widths[i] ?? 0) - widthOf(cell));
        return align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map((row) => `${line(row)}\n`).join('');
}

/** `label   value` lines, the values aligned. */
export function facts(pairs: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join('');
}

function widthOf(text: string | undefined): number {
  return [...(text ?? '')].length;
}
