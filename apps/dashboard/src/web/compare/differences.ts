import type { CompareFacts } from '../../shared/compare-wire.ts'
import { formatValue } from '../../shared/describe.ts'

/** One fact about all runs, as text. */
export interface DifferenceRow {
  readonly name: string
  readonly cells: readonly string[]
  readonly isDifferent: boolean
}

/** Facts of one kind. */
export interface DifferenceSection {
  readonly title: string
  readonly rows: readonly DifferenceRow[]
}

/**
 * Returns the facts in which runs differ, excluding machine metrics and times, which always differ. `showsAll`: return all facts.
 * Sections without a row are left out.
 */
export function differenceRows(facts: readonly CompareFacts[], showsAll: boolean): readonly DifferenceSection[] {
  const sections: DifferenceSection[] = [
    {
      title: 'Run',
      rows: rowsOf(facts, ({ status, step, labels }) => ({
        state: status,
        step,
        tags: labels.tags.join(', ') || null,
      })),
    },
    { title: 'Parameters', rows: rowsOf(facts, ({ params }) => params) },
    { title: 'Callbacks', rows: rowsOf(facts, ({ callbacks }) => enabledText(callbacks)) },
    { title: 'Changes', rows: rowsOf(facts, changeText) },
    {
      title: 'Last metrics',
      rows: rowsOf(facts, ({ metrics }) => metrics).filter((row) => showsAll || !isOfMachine(row)),
    },
  ]
  return sections.flatMap(({ title, rows }) => {
    const kept = rows.filter(({ isDifferent }) => showsAll || isDifferent)
    return kept.length === 0 ? [] : [{ title, rows: kept }]
  })
}

function isOfMachine({ name }: DifferenceRow): boolean {
  return /^(sys|time)\//.test(name)
}

function rowsOf(
  facts: readonly CompareFacts[],
  read: (run: CompareFacts) => Readonly<Record<string, unknown>>,
): readonly DifferenceRow[] {
  const all = facts.map((run) => new Map(Object.entries(read(run))))
  const names = new Set(all.flatMap((values) => [...values.keys()]))
  return [...names].map((name) => {
    const values = all.map((found) => found.get(name) ?? null)
    const isDifferent = new Set(values.map((value) => JSON.stringify(value))).size > 1
    return { name, cells: values.map((value) => formatValue(value, 60)), isDifferent }
  })
}

function enabledText(callbacks: CompareFacts['callbacks']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(callbacks).map(([id, isOn]) => [id, isOn ? 'on' : 'off']))
}

/** Returns a row for each change, by its number, so that runs with the same changes at the same steps do not differ. */
function changeText({ changes }: CompareFacts): Readonly<Record<string, string>> {
  return Object.fromEntries(changes.map(({ step, text, by }, i) => [`${i + 1}.`, `step ${step}: ${text}, by ${by}`]))
}
