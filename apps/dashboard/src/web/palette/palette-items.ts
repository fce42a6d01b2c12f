import type { TableRow } from '../../shared/table/table-wire.ts'

/** Something that the palette goes to or does. */
export interface PaletteItem {
  readonly title: string
  /** What kind of thing it is, in a word or two. */
  readonly hint: string
  readonly run: () => void
}

/** The items that contain every word, those whose title begins with the text first. */
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

/** An item for each run. */
export function runItems(rows: readonly TableRow[], open: (id: string) => void): readonly PaletteItem[] {
  return rows.map(({ row, labels }) => {
    return { title: labels.name ?? row.name, hint: `run, ${row.status}`, run: () => open(row.id) }
  })
}
