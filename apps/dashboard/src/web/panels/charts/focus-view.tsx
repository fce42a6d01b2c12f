import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { type ChartSpec, matchNames } from '../../../shared/chart-groups.ts'
import { setView, viewParam } from '../../route.ts'
import { Chart } from './chart.tsx'
import { titleOfLines } from './layout.ts'
import { LazyForecast } from './lazy-forecast.tsx'
import { type ChartView, setFocus } from './view.ts'

/** One large chart, to which other metrics can be added. */
export function FocusView(props: {
  readonly names: readonly string[]
  readonly all: readonly string[]
  /** All of the run's charts. */
  readonly specs: readonly ChartSpec[]
  readonly view: ChartView
  readonly pinned: readonly string[]
}): JSX.Element {
  const { names, all, specs, view, pinned } = props
  // The same chart looks the same, small or large.
  const known = specs.find((spec) => spec.names.join('\n') === names.join('\n'))
  const spec = known ?? { title: titleOfLines(names), names }
  const [search, setSearch] = useState('')
  const isForecast = viewParam('forecast') === '1'
  const found =
    search === ''
      ? []
      : matchNames(all, search)
          .filter((name) => !names.includes(name))
          .slice(0, 8)
  return (
    <section aria-label="Chart in focus">
      <h2 class="visually-hidden">Chart in focus</h2>
      <div class="charts large">
        <Chart key={names.join()} spec={spec} view={view} isLarge pinned={pinned} />
      </div>
      {isForecast && <LazyForecast names={names} />}
      <div class="toolbar overlay">
        <button
          type="button"
          class="button small"
          aria-pressed={isForecast}
          title="The forecast with 80 % and 95 % intervals"
          onClick={() => setView({ forecast: isForecast ? null : '1', target: null })}
        >
          Forecast
        </button>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            class="button small"
            aria-label={`Remove ${name}`}
            onClick={() => setFocus(names.filter((other) => other !== name))}
          >
            {name} ✕
          </button>
        ))}
        <input
          class="input small"
          type="search"
          placeholder="Add another metric"
          aria-label="Metric to add to the chart"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        {found.map((name) => (
          <button
            key={name}
            type="button"
            class="button small quiet"
            onClick={() => {
              setSearch('')
              setFocus([...names, name])
            }}
          >
            + {name}
          </button>
        ))}
      </div>
    </section>
  )
}
