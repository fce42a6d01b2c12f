import type { ArmComparison } from '../summary.ts'

const COLUMNS = [
  ...['task', 'arm', 'mark', 'seeds', 'loss', 'log_ratio', 'log_ratio_low', 'log_ratio_high', 'p'],
  ...['within', 'within_low', 'within_high', 'lost_seeds', 'actions', 'steps', 'seconds', 'usd', 'tokens'],
]

/** Returns the comparisons as RFC 4180 lines. An empty field is a missing value. */
export function formatCsv(comparisons: readonly ArmComparison[]): string {
  const rows = comparisons.map(({ ratio, within, lost, ...one }) => [
    ...[one.task, one.arm, one.mark, one.seeds, one.loss, ratio.value, ratio.low, ratio.high, one.p],
    ...[
      within?.value,
      within?.low,
      within?.high,
      lost.join(' '),
      one.actions,
      one.steps,
      one.seconds,
      one.usd,
      one.tokens,
    ],
  ])
  return [COLUMNS, ...rows].map((cells) => `${cells.map(fieldText).join(',')}\r\n`).join('')
}

function fieldText(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
