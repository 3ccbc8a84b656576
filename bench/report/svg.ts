/**
 * Bar charts as SVG, drawn by hand: one bar a tool in each group, as long as it took longer than ours. Text and lines
 * follow the reader's light or dark theme.
 * @module
 */

export interface Bar {
  readonly tool: string;
  /** Theirs through ours; 1 for ours. */
  readonly ratio: number;
  /** Written behind the bar, such as `2.1× (14 s)`. */
  readonly label: string;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly groups: readonly BarGroup[];
}

const WIDTH = 760;
const BARS_LEFT = 110;
const LABEL_ROOM = 150;
const BAR = 16;
const BAR_GAP = 4;
const GROUP_GAP = 16;
const TOP = 84;
/** Longer bars are cut off, with a mark where. */
const RATIO_MAX = 10;
/** Chosen to be told apart on white and on black, also by the colour-blind. */
const COLOURS = ['#0f8a5f', '#c65d1e', '#3f73c8', '#8d62b5', '#b3862b', '#6d7782'];
const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif';

/** @param ours the tool that gets the first colour; 1 is where its bars end */
export function drawChart(chart: Chart, ours: string): string {
  const tools = toolsOf(chart, ours);
  const longest = Math.max(1, ...chart.groups.flatMap(({ bars }) => bars.map((b) => b.ratio)));
  const scale = (WIDTH - BARS_LEFT - LABEL_ROOM) / Math.min(longest, RATIO_MAX);
  const body: string[] = [];
  let y = TOP;
  for (const group of chart.groups) {
    const height = group.bars.length * (BAR + BAR_GAP);
    body.push(text(BARS_LEFT - 10, y + height / 2 + 2, group.title, 'class="t" text-anchor="end"'));
    for (const bar of group.bars) {
      body.push(drawBar(bar, y, scale, colourOf(bar.tool, tools)));
      y += BAR + BAR_GAP;
    }
    y += GROUP_GAP;
  }
  const one = BARS_LEFT + scale;
  body.push(`<path class="l" d="M${one.toFixed(1)} ${TOP - 8}V${y - GROUP_GAP}"/>`);
  return frame(chart, y, [...drawLegend(tools), ...body]);
}

function toolsOf({ groups }: Chart, ours: string): string[] {
  const tools = new Set(groups.flatMap(({ bars }) => bars.map(({ tool }) => tool)));
  tools.delete(ours);
  return [ours, ...tools];
}

function colourOf(tool: string, tools: readonly string[]): string {
  return COLOURS[tools.indexOf(tool) % COLOURS.length] ?? '';
}

function drawBar({ ratio, label }: Bar, y: number, scale: number, colour: string): string {
  const length = Math.max(1, Math.min(ratio, RATIO_MAX) * scale);
  const end = BARS_LEFT + length;
  const isCut = ratio > RATIO_MAX;
  const cut = isCut ? `<path class="c" d="M${(end - 14).toFixed(1)} ${y + BAR + 2}l6 -20"/>` : '';
  const bar = `<rect x="${BARS_LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"`;
  const behind = text(end + 6, y + BAR - 4, label, 'class="v"');
  return `${bar} fill="${colour}"/>${cut}${behind}`;
}

function drawLegend(tools: readonly string[]): string[] {
  let x = BARS_LEFT;
  return tools.map((tool) => {
    const square = `<rect x="${x}" y="52" width="12" height="12" rx="2"`;
    const name = text(x + 18, 62, tool, 'class="v"');
    x += 40 + tool.length * 8;
    return `${square} fill="${colourOf(tool, tools)}"/>${name}`;
  });
}

function frame({ title, subtitle }: Chart, height: number, body: readonly string[]): string {
  const style =
    `text{font-family:${FONT};fill:#1f2328}.h{font-size:16px;font-weight:600}.t{font-size:13px}` +
    '.v{font-size:12px;paint-order:stroke;stroke:#fff;stroke-width:4}' +
    '.s{font-size:12px;opacity:.75}.c{stroke:#fff;stroke-width:3}' +
    '.l{stroke:#1f2328;stroke-dasharray:3 3;opacity:.5}' +
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.l{stroke:#e6edf3}.c,.v{stroke:#0d1117}}';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" ` +
      `height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${style}</style>`,
    text(BARS_LEFT, 22, title, 'class="h"'),
    text(BARS_LEFT, 40, subtitle, 'class="s"'),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
