import { describeDifference, type RecipeDifference } from '@hotcb/recipe'
import { showValue } from '@hotcb/run'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'

/** Returns the differences between two recipes, one row each: `-` only in the first, `+` only in the second, `~` changed. */
export function differenceRows(differences: readonly RecipeDifference[], terminal: Terminal): readonly string[] {
  return alignColumns(differences.map((difference) => rowOf(difference, terminal)))
}

function rowOf(difference: RecipeDifference, terminal: Terminal): readonly string[] {
  const arrow = terminal.unicode ? '→' : '->'
  const { where, what, changes } = describeDifference(difference, { show: showValue, arrow })
  if (difference.kind === 'added') return [terminal.green('+'), where, terminal.green(what)]
  if (difference.kind === 'removed') return [terminal.red('-'), where, terminal.red(what)]
  return [terminal.yellow('~'), where, `${what}  ${terminal.bold(changes.join(', '))}`]
}
