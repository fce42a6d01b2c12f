import { readLines } from '@hotcb/journal'
import { showCount } from '../../print/figures.ts'
import type { LedgerRecord, Run } from '../../run.ts'
import { isSave } from './log-filter.ts'

/**
 * Describes in one line what `hotcb log` left out; empty if it left nothing out.
 *
 * @param shown The lines that were shown, oldest first.
 * @param fits The filter; undefined without one, in which case checkpoint saves may be missing among the shown lines.
 */
export function leftOut(
  run: Run,
  shown: readonly LedgerRecord[],
  fits: ((record: LedgerRecord) => boolean) | undefined,
): string {
  const from = shown[0]?.offset ?? Number.POSITIVE_INFINITY
  if (fits !== undefined)
    return say(
      count(run.records('ledger'), (record) => record.offset < from && fits(record)),
      0,
    )
  const seen = new Set(shown.map(({ offset }) => offset))
  // If no entries are shown, all of them are left out.
  const start = shown.length === 0 ? 0 : from
  const earlier = start === 0 ? 0 : count(readLines(run.path('ledger'), {}), ({ offset }) => offset < start)
  return say(
    earlier,
    count(run.records('ledger', { from: start }), (record) => !seen.has(record.offset) && isSave(record)),
  )
}

function count<Item>(items: Iterable<Item>, isCounted: (item: Item) => boolean): number {
  let counted = 0
  for (const item of items) if (isCounted(item)) counted++
  return counted
}

function say(earlier: number, saves: number): string {
  const parts = [
    ...(earlier > 0 ? [`${showCount(earlier)} earlier ${earlier === 1 ? 'entry' : 'entries'}`] : []),
    ...(saves > 0 ? [`${showCount(saves)} checkpoint ${saves === 1 ? 'save' : 'saves'}`] : []),
  ]
  if (parts.length === 0) return ''
  return `${parts.join(' and ')} not shown: use \`--all\` to show ${earlier + saves === 1 ? 'it' : 'them'}`
}
