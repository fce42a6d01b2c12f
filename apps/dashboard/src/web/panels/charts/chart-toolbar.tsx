import type { ComponentChildren, JSX, Ref } from 'preact'
import type { MarkChoice } from '../../changes/rail-mark.ts'
import { setView } from '../../route.ts'
import { useStream } from '../panel.ts'
import { type ChartView, setSpan, span, spanText } from './view.ts'

/** The search, the step range and the display settings for all charts. */
export function ChartToolbar(props: {
  readonly view: ChartView
  readonly search: Ref<HTMLInputElement>
  readonly found: number
  readonly all: number
  readonly children?: ComponentChildren
}): JSX.Element {
  const { view, search, found, all, children } = props
  return (
    <div class="toolbar" role="search">
      <input
        ref={search}
        class="input search"
        type="search"
        placeholder={`Search ${all} ${all === 1 ? 'metric' : 'metrics'}, or /pattern/`}
        aria-label="Search metrics"
        value={view.search}
        onInput={(event) => setView({ q: event.currentTarget.value })}
      />
      <span class="visually-hidden" role="status">
        {view.search === '' ? '' : `${found} of ${all} metrics`}
      </span>
      <SpanSelect />
      <label class="smoothing">
        <span class="muted">Smoothing</span>
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={view.smoothing}
          aria-label="Smoothing"
          onInput={(event) => setView({ smooth: event.currentTarget.value === '0' ? null : event.currentTarget.value })}
        />
        <output class="mono">{view.smoothing.toFixed(2)}</output>
      </label>
      <Toggle label="Log" param="log" isOn={view.isLog} />
      <Toggle
        label="Normalise"
        param="norm"
        isOn={view.isNormalised}
        title="Scale the metrics of each chart to the same height"
      />
      <MarkSelect marks={view.marks} />
      {children}
    </div>
  )
}

function Toggle(props: {
  readonly label: string
  readonly param: string
  readonly isOn: boolean
  readonly title?: string
}): JSX.Element {
  const { label, param, isOn, title } = props
  return (
    <button
      type="button"
      class="button small"
      aria-pressed={isOn}
      title={title ?? ''}
      onClick={() => setView({ [param]: isOn ? null : '1' })}
    >
      {label}
    </button>
  )
}

function MarkSelect({ marks }: { readonly marks: MarkChoice }): JSX.Element {
  return (
    <select
      class="select small"
      aria-label="Change marks"
      title="Changes: all except checkpoints that the training run saves automatically"
      value={marks}
      onChange={({ currentTarget: { value } }) => setView({ marks: value === 'changes' ? null : value })}
    >
      <option value="changes">Changes</option>
      <option value="all">All marks</option>
      <option value="none">No marks</option>
    </select>
  )
}

function SpanSelect(): JSX.Element {
  const { series } = useStream('metrics')
  const { first, last } = series.extent.value
  const shown = span.value
  const isZoomed = shown.from !== null || shown.to !== null
  const value = isZoomed ? 'zoom' : shown.last === null ? 'all' : String(shown.last)
  return (
    <>
      <select
        class="select small"
        aria-label="Step range"
        value={value}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          if (chosen === 'zoom') return
          setSpan({ from: null, to: null, last: chosen === 'all' ? null : Number(chosen) })
        }}
      >
        <option value="all">All steps</option>
        {[100, 500, 2000, 10_000]
          .filter((steps) => steps < last - first || shown.last === steps)
          .map((steps) => (
            <option key={steps} value={steps}>
              Last {steps}
            </option>
          ))}
        {isZoomed && <option value="zoom">Steps {spanText(shown)}</option>}
      </select>
      {isZoomed && (
        <button type="button" class="button small" onClick={() => setSpan({ from: null, to: null, last: null })}>
          Reset zoom
        </button>
      )}
    </>
  )
}
