import type { TableRow } from '../../shared/table/table-wire.ts'

/** An entry in the palette: a place to go to, or an action. */
export interface PaletteItem {
  readonly title: string
  /** The kind of entry, in a word or two. */
  readonly hint: string
  readonly run: () => void
}

/** Returns the entries that contain every word. Those whose title begins with the text come first. */
export function matchItems(items: readonly PaletteItem[], text: string): readonly PaletteItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = items.filter(({ title, hint }) => {
    const whole = `${title} ${hint}`.toLowerCase()
    return words.every((word) => whole.includes(word))
  })
  const start = text.trim().toLowerCase()
  const isFirst = ({ title }: PaletteItem): boolean => title.toLowerCase().startsWith(start)
  return [...found.filter(isFirst), ...found.filter((item) => !isFirst(item))]
}

/** Returns an item for each run. */
export function runItems(rows: readonly TableRow[], open: (id: string) => void): readonly PaletteItem[] {
  return rows.map(({ row, labels }) => {
    return { title: labels.name ?? row.name, hint: `run, ${row.status}`, run: () => open(row.id) }
  })
}
