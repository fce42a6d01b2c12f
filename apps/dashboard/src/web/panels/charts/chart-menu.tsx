import type { JSX } from 'preact'
import { runPath } from '../../api.ts'
import { pagePath } from '../../base.ts'
import { AxisForm } from '../../compare/axis-form.tsx'
import { LEAST_HEIGHT, MOST_COLUMNS, MOST_HEIGHT } from '../../compare/chart-spec.ts'
import { ExportButtons } from '../../compare/export-buttons.tsx'
import { isViewer } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'
import type { ChartToolsProps } from './chart-tools.tsx'
import { optionsOf, titleOfLines, withOptions, withOwn } from './layout.ts'
import { LinesForm } from './lines-form.tsx'
import { pictureOf } from './picture.ts'
import { namesOf } from './use-lines.ts'
import { setLayout } from './view.ts'

/** Shows a chart's menu: its lines, its axis, its size, and files with its content. */
export function ChartMenu(props: ChartToolsProps & { readonly onDone: () => void }): JSX.Element {
  const { spec, view, isLarge, onDone } = props
  const { layout } = view
  const options = optionsOf(layout, spec.title)
  const isOwn = layout.own.some((lines) => titleOfLines(lines) === spec.title)
  return (
    <>
      {isOwn && !isLarge && (
        <section aria-label="Lines">
          <h3>Lines</h3>
          <LinesForm
            lines={spec.names}
            button="Change lines"
            onLines={(lines) => {
              onDone()
              setLayout(withOwn(layout, spec.title, lines))
            }}
          />
          <button
            type="button"
            class="button danger"
            onClick={() => {
              onDone()
              setLayout(withOwn(layout, spec.title, []))
            }}
          >
            Remove this chart
          </button>
        </section>
      )}
      {!isViewer() && (
        <button
          type="button"
          class="button"
          onClick={() => {
            onDone()
            props.onNote()
          }}
        >
          Add an annotation
        </button>
      )}
      <section aria-label="Axis">
        <h3>Axis</h3>
        <AxisForm
          options={options}
          isPageLog={view.isLog}
          onOptions={(next) => {
            onDone()
            setLayout(withOptions(layout, spec.title, next))
          }}
        />
      </section>
      {!isLarge && <SizeForm {...props} />}
      <SaveAs {...props} />
    </>
  )
}

function SizeForm({ spec, view: { layout }, look }: ChartToolsProps): JSX.Element {
  const options = optionsOf(layout, spec.title)
  const set = (size: { readonly columns?: number; readonly height?: number | null }): void =>
    setLayout(withOptions(layout, spec.title, { ...options, ...size }))
  return (
    <section aria-label="Size">
      <h3>Size</h3>
      <div class="actions">
        <label>
          Columns{' '}
          <select
            class="select small"
            value={options.columns}
            onChange={(event) => set({ columns: Number(event.currentTarget.value) })}
          >
            {Array.from({ length: MOST_COLUMNS }, (_, i) => (
              <option key={i} value={i + 1}>
                {i + 1}
              </option>
            ))}
          </select>
        </label>
        <label>
          Height{' '}
          <input
            class="input small"
            type="number"
            min={LEAST_HEIGHT}
            max={MOST_HEIGHT}
            step="20"
            value={look.height}
            onChange={({ currentTarget: { valueAsNumber, validity } }) => {
              if (validity.valid && Number.isFinite(valueAsNumber)) set({ height: Math.round(valueAsNumber) })
            }}
          />{' '}
          px
        </label>
        <button type="button" class="button small" onClick={() => set({ columns: 1, height: null })}>
          Default size
        </button>
      </div>
    </section>
  )
}

function SaveAs({ spec, plot, series, look, marks, notes }: ChartToolsProps): JSX.Element | null {
  const { id } = useRun()
  const { names } = useStream('metrics')
  if (plot.current === undefined) return null
  const steps = marks.map((mark) => mark.step)
  const known = names.value === undefined ? new Set<string>() : namesOf(names.value)
  const metrics = spec.names.filter((name) => known.has(name))
  const [from, to] = series.shown
  const query = metrics.map((name) => `name=${encodeURIComponent(name)}`).join('&')
  const path = runPath(id, `metrics/export?${query}&from=${Math.floor(from)}&to=${Math.ceil(to)}`)
  return (
    <section aria-label="Save">
      <h3>Save what is shown</h3>
      <ExportButtons
        picture={pictureOf(plot.current, series, look, { marks: steps, notes })}
        title={`${id} ${spec.title}`}
      />
      {metrics.length > 0 && (
        <p class="small-text">
          <a href={pagePath(`api/${path}`)} download>
            Every point in this step range as CSV
          </a>
        </p>
      )}
    </section>
  )
}
