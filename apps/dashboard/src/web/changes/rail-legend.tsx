import type { JSX } from 'preact'
import type { ShownAlert } from '../../shared/alerts.ts'
import { type ChangeSource, OUTCOME_TITLES, type Outcome, SOURCE_TITLES } from './change-look.ts'
import type { RailMark } from './rail-mark.ts'

/** A legend for the colours and shapes of the flags on a rail, and for the alerts in the charts below it. */
export function RailLegend(props: {
  readonly marks: readonly RailMark[]
  readonly alerts?: readonly ShownAlert[]
}): JSX.Element | null {
  const { marks, alerts = [] } = props
  const sources = new Set(marks.map(({ source }) => source))
  const outcomes = new Set(marks.map(({ outcome }) => outcome))
  if (marks.length === 0 && alerts.length === 0) return null
  return (
    <ul class="rail-legend" aria-label="Colours and shapes of the changes">
      {keysOf(SOURCE_TITLES)
        .filter((source) => sources.has(source))
        .map((source) => (
          <li key={source}>
            <i class="change-dot" data-source={source} data-outcome="applied" />
            {SOURCE_TITLES[source]}
          </li>
        ))}
      {keysOf(OUTCOME_TITLES)
        .filter((outcome) => outcomes.has(outcome))
        .map((outcome, i) => (
          <li key={outcome} data-first={i === 0 || undefined}>
            <i class="change-dot" data-outcome={outcome} />
            {OUTCOME_TITLES[outcome]}
          </li>
        ))}
      {alerts.length > 0 && (
        <li data-first>
          <i
            class="alert-line"
            data-level={alerts.some(({ level }) => level === 'critical') ? 'critical' : 'warning'}
          />
          Alert
        </li>
      )}
    </ul>
  )
}

// The record of titles has a key for each source or outcome, and no others.
function keysOf<Key extends ChangeSource | Outcome>(titles: Readonly<Record<Key, string>>): Key[] {
  return Object.keys(titles) as Key[]
}
