import type { Arm } from '../arm.ts'
import type { ArmComparison, Summary } from '../summary.ts'
import { ENOUGH_SEEDS } from './words.ts'

const SHOWN_APART = ['nothing', 'replay']

/** One table of all results: the final loss divided by that of the untouched runs, with a row for each task and a column for each arm. */
export function overviewTable({ comparisons, tasks }: Summary, all: readonly Arm[]): readonly string[] {
  const arms = all
    .map(({ name }) => name)
    .filter((name) => !SHOWN_APART.includes(name) && comparisons.some(({ arm }) => arm === name))
  if (arms.length === 0) return []
  const marks = arms.map((name) => comparisons.find(({ arm }) => arm === name)?.mark ?? null)
  const heads = arms.map((name, at) => `\`${name}\`${marks[at] === null ? '' : ` (**${marks[at]}**)`}`)
  const rows = tasks.map(({ name, title }) => {
    const cells = arms.map((arm) => cellText(comparisons.find((one) => one.task === name && one.arm === arm)))
    return `| ${[title, ...cells].join(' | ')} |`
  })
  return [
    `The median ratio of the final loss to that of the untouched run with the same seed. **Bold** is better and ⚠ is worse, according to the 95 % interval over at least ${ENOUGH_SEEDS} seeds, which is not adjusted for the number of comparisons.`,
    '',
    `| | ${heads.join(' | ')} |`,
    `|${'---|'.repeat(arms.length + 1)}`,
    ...rows,
  ]
}

function cellText(one: ArmComparison | undefined): string {
  if (one === undefined) return ''
  const factor = Math.exp(one.ratio.value).toFixed(2)
  if (one.arm === 'a-a') return factor
  if (one.seeds < ENOUGH_SEEDS) return factor
  return one.ratio.high < 0 ? `**${factor}**` : one.ratio.low > 0 ? `⚠ ${factor}` : factor
}
