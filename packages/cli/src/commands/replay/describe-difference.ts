import { describeEntry, type RecipeDifference } from '@hotcb/recipe'
import { showValue } from '@hotcb/run'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'

/** Returns the differences of two recipes, one row each: `-` only in the first, `+` only in the second, `~` changed. */
export function differenceRows(differences: readonly RecipeDifference[], terminal: Terminal): readonly string[] {
  return alignColumns(differences.map((difference) => rowOf(difference, terminal)))
}

function rowOf({ kind, before, after, fields }: RecipeDifference, terminal: Terminal): readonly string[] {
  const entry = after ?? before
  const where = entry === null ? '' : `step ${entry.at.step}${entry.at.event === null ? '' : ` ${entry.at.event}`}`
  const what = entry === null ? '' : describeEntry(entry)
  if (kind === 'added') return [terminal.green('+'), where, terminal.green(what)]
  if (kind === 'removed') return [terminal.red('-'), where, terminal.red(what)]
  const arrow = terminal.unicode ? '→' : '->'
  const changes = fields.map(
    ({ path, before: was, after: is }) =>
      `${path} ${was === undefined ? 'none' : showValue(was)} ${arrow} ${is === undefined ? 'none' : showValue(is)}`,
  )
  const handle = entry === null ? '' : [entry.module, entry.op, ...(entry.id === 'main' ? [] : [entry.id])].join(' ')
  return [terminal.yellow('~'), where, `${handle}  ${terminal.bold(changes.join(', '))}`]
}
