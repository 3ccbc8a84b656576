/**
 * Numbers, times and paths as people read them.
 * @module
 */

/** `12,345`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 file`, `2 files`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(value)} ${value === 1 ? singular : plural}`;
}

/** Local time to the second: `2026-11-21 20:15:03`. */
export function localTime(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const at = new Date(ms);
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The end of a text that is too long, after an ellipsis: the end of a path says the most. */
export function shortened(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return width < 2 ? '' : `…${characters.slice(characters.length - width + 1).join('')}`;
}

/** The first eight digits of an id: what people need to see of it. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
