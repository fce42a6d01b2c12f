import type { ArmComparison, Summary } from '../summary.ts'

const ROW = 18
const LEFT = 230
const PLOT = 520
const RIGHT = 110
const TOP = 46
const GAP = 30
const COLORS = { better: '#1a7f4b', worse: '#b3261e', neither: '#5f6b7a' } as const

/** Draws the log ratios with their intervals: one row per arm, one block per task. Left of the line is better. */
export function formatSvg({ comparisons, budget, tasks }: Summary): string {
  const shown = comparisons.filter(({ arm }) => arm !== 'nothing')
  const blocks = tasks
    .map((task) => ({ task, rows: shown.filter((one) => one.task === task.name) }))
    .filter(({ rows }) => rows.length > 0)
  const reach = Math.max(
    0.1,
    ...shown.flatMap(({ ratio }) => [Math.abs(ratio.low), Math.abs(ratio.high)]).filter(Number.isFinite),
  )
  const x = (value: number): number => LEFT + PLOT * (0.5 + value / (2 * reach))
  const parts: string[] = []
  let y = TOP
  for (const { task, rows } of blocks) {
    parts.push(text(8, y, task.title, 'font-weight="600"'))
    y += ROW
    for (const one of rows) {
      parts.push(...rowOf(one, x, y))
      y += ROW
    }
    y += GAP - ROW
  }
  const height = y + 10
  const width = LEFT + PLOT + RIGHT
  const title = `Log ratio of the final test loss to the untouched run, ${budget} steps, 95 % intervals`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(8, 18, title),
    ...axis(x, reach, height),
    text(x(-reach), 36, '\u2190 better', 'fill="#1a7f4b" font-size="10"'),
    text(x(reach), 36, 'worse \u2192', 'text-anchor="end" fill="#b3261e" font-size="10"'),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function axis(x: (value: number) => number, reach: number, height: number): readonly string[] {
  const step = reach > 2 ? 1 : reach > 0.8 ? 0.5 : reach > 0.3 ? 0.2 : 0.05
  const ticks: number[] = []
  // The ends of the axis have labels.
  const room = 0.85 * reach
  for (let value = -Math.floor(room / step) * step; value <= room; value += step) ticks.push(value)
  return ticks.flatMap((value) => {
    const at = x(value).toFixed(1)
    const isZero = Math.abs(value) < step / 2
    const label = isZero ? '0' : value.toFixed(step < 0.1 ? 2 : 1)
    return [
      `<line x1="${at}" x2="${at}" y1="26" y2="${height - 4}" stroke="${isZero ? '#1f2933' : '#e3e8ee'}"/>`,
      text(x(value), 36, label, 'text-anchor="middle" fill="#5f6b7a" font-size="10"'),
    ]
  })
}

function rowOf({ arm, mark, ratio, p }: ArmComparison, x: (value: number) => number, y: number): readonly string[] {
  const color =
    arm === 'a-a' ? COLORS.neither : ratio.high < 0 ? COLORS.better : ratio.low > 0 ? COLORS.worse : COLORS.neither
  const middle = y - 4
  const name = mark === null ? arm : `${arm} (${mark})`
  const note = p === null ? 'chance' : p < 0.001 ? 'p < 0.001' : `p ${p.toFixed(3)}`
  return [
    text(24, y, name),
    `<line x1="${x(ratio.low).toFixed(1)}" x2="${x(ratio.high).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="${color}" stroke-width="3"/>`,
    `<circle cx="${x(ratio.value).toFixed(1)}" cy="${middle}" r="4.5" fill="${color}"/>`,
    text(LEFT + PLOT + 12, y, note, 'fill="#5f6b7a"'),
  ]
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${more}>${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
