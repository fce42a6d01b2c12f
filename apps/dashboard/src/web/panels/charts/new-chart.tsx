import type { JSX } from 'preact'
import { titleOfLines, withOwn } from './layout.ts'
import { LinesForm } from './lines-form.tsx'
import { chartLayout, setLayout } from './view.ts'

/** Creates a custom chart. */
export function NewChart(props: {
  /** The titles of the existing charts. */
  readonly titles: readonly string[]
  readonly onDone: () => void
}): JSX.Element {
  const { titles, onDone } = props
  const check = (lines: readonly string[]): string => {
    const title = titleOfLines(lines)
    const layout = chartLayout()
    const isThere = titles.includes(title) || layout.own.some((own) => titleOfLines(own) === title)
    return isThere ? `there is already a chart of \`${title}\`` : ''
  }
  return (
    <LinesForm
      lines={[]}
      button="Create chart"
      check={check}
      onLines={(lines) => {
        onDone()
        setLayout(withOwn(chartLayout(), null, lines))
      }}
    />
  )
}
