import type { JSX } from 'preact'
import type { SweepDetail } from '../../shared/sweeps/sweep-wire.ts'
import { STATES } from '../../shared/sweeps/sweep-wire.ts'
import { pagePath } from '../base.ts'
import { duration } from '../parts/time.ts'
import { follows, setView, viewParam } from '../route.ts'
import { readFilter } from './filter.ts'
import { RequestButtons } from './request-buttons.tsx'
import { StateBadge } from './state-badge.tsx'
import { countStates } from './sweep-data.ts'
import type { SweepStore } from './sweep-store.ts'

/** Name, progress and driver of a sweep, and buttons for requests about all of its trials. */
export function SweepHead({ store }: { readonly store: SweepStore }): JSX.Element {
  const detail = store.detail.value
  const { data } = store.data.value
  const home = pagePath('sweeps')
  return (
    <header class="sweep-head">
      <div class="compare-title">
        <a href={home} class="muted" onClick={(event) => follows(event, home)}>
          Sweeps
        </a>
        <span class="muted" aria-hidden="true">
          /
        </span>
        <h1 class="cut">{detail?.name ?? store.id}</h1>
        <span class="spacer" />
        <span class="actions" role="group" aria-label="All trials">
          <RequestButtons store={store} trials={data.index} />
        </span>
      </div>
      {detail !== undefined && <Progress detail={detail} />}
      <div class="actions" role="group" aria-label="States">
        {countStates(data).map(({ state, count }) => (
          <StateToggle key={state} store={store} state={state} count={count} />
        ))}
      </div>
      {store.problem.value !== null && (
        <p class="notice bad" role="alert">
          {store.problem.value}
        </p>
      )}
      {detail?.needs_driver === true && (
        <p class="notice warn" role="status">
          Trials are waiting or running without a driver: start one with <code>herd drive</code> in{' '}
          <code>{detail.place}</code>.
        </p>
      )}
      {detail?.stale.map((why) => (
        <p class="notice warn" role="status" key={why}>
          {why}
        </p>
      ))}
      <Notice store={store} />
    </header>
  )
}

function Progress({ detail }: { readonly detail: SweepDetail }): JSX.Element {
  const { over, called, left_seconds: left } = detail.progress
  const share = called === 0 ? 0 : over / called
  return (
    <div>
      <p class="muted">
        {over} of {called} done
        {left !== null && over < called && `, about ${duration(left)} left`}
        {` · ${detail.executor}`}
        {detail.driver !== null && ` · driver ${detail.driver.host}:${detail.driver.pid}`}
      </p>
      <div class="progress" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  )
}

function StateToggle(props: {
  readonly store: SweepStore
  readonly state: number
  readonly count: number
}): JSX.Element {
  const { store, state, count } = props
  const isOn = store.states.value.has(state)
  const toggle = (): void => {
    const next = new Set(store.states.value)
    if (!next.delete(state)) next.add(state)
    store.states.value = next
  }
  const name = STATES[state] ?? 'ready'
  return (
    <button
      type="button"
      class="state-toggle"
      aria-pressed={isOn}
      title={`Show only trials that are ${name}`}
      onClick={toggle}
    >
      <StateBadge state={name} count={count} />
    </button>
  )
}

function Notice({ store }: { readonly store: SweepStore }): JSX.Element | null {
  const notice = store.notice.value
  return (
    <div role="status">
      {notice !== null && (
        <p class={`notice ${notice.isBad ? 'bad' : ''}`}>
          <span>{notice.text}</span>
          <span class="spacer" />
          <button type="button" class="button quiet small" onClick={() => (store.notice.value = null)}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  )
}

/** Shows the metric, the typed filter, and the number of trials that match. */
export function SweepToolbar({ store }: { readonly store: SweepStore }): JSX.Element {
  const filter = viewParam('q') ?? ''
  const { unknown } = readFilter(filter)
  const total = store.data.value.data.index.length
  const kept = store.kept.value.length
  const clear = (): void => {
    store.brushes.value = new Map()
    store.states.value = new Set()
    store.inBox.value = null
    setView({ q: null })
  }
  return (
    <div class="toolbar" role="search">
      <MetricChoice store={store} />
      <input
        class="input search"
        type="search"
        placeholder="Filter: lr>=0.01 opt=adam state:failed"
        aria-label="Filter trials"
        aria-invalid={unknown.length > 0}
        value={filter}
        onInput={(event) => setView({ q: event.currentTarget.value })}
      />
      <span class="muted" role="status">
        {kept === total ? `${total} trials` : `${kept} of ${total} trials`}
        {store.unread.value > 0 && `, ${store.unread.value} not read yet`}
        {unknown.length > 0 && `; not understood: ${unknown.join(' ')}`}
      </span>
      {store.isFiltered.value && (
        <button type="button" class="button small" onClick={clear}>
          Show all
        </button>
      )}
    </div>
  )
}

function MetricChoice({ store }: { readonly store: SweepStore }): JSX.Element | null {
  const metrics = store.detail.value?.metrics ?? []
  const metric = store.metric.value
  if (metrics.length === 0) return null
  const all = metric === null || metrics.includes(metric) ? metrics : [metric, ...metrics]
  return (
    <select
      class="select"
      aria-label="Metric"
      value={metric ?? ''}
      onChange={(event) => setView({ metric: event.currentTarget.value }, true)}
    >
      {all.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}
