import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { MetricNames, RunDetail, WireSeriesWindow } from '../../../shared/wire.ts'
import { ask, runPath, send } from '../../api.ts'
import { FillingLine } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'
import { setView, viewParam } from '../../route.ts'
import { useRun } from '../../run/run-context.ts'
import { stepOf } from '../../staged/apply-staged.ts'
import { type Preview, previewOf } from './preview-data.ts'
import { PreviewPlot } from './preview-plot.tsx'
import type { OpenRecipe, RecipeStore } from './recipe-store.ts'

/** Shows the recipe over the steps of its run: its entries, the recorded key metric, and the values of each control. */
export function PreviewCard({ store, open }: { readonly store: RecipeStore; readonly open: OpenRecipe }): JSX.Element {
  const run = useRun()
  const detail = run.detail.value
  const names = useNames(run.id, detail?.row.status === 'running')
  const asked = viewParam('over')
  const list = names?.names.map(({ name }) => name) ?? []
  const usual = detail?.row.key_metric?.name
  const fallback = usual !== undefined && list.includes(usual) ? usual : list[0]
  const metric = asked !== null && list.includes(asked) ? asked : fallback
  const isMissing = asked !== null && names !== undefined && !list.includes(asked)
  const window = useWindow(run.id, metric, names?.last_step ?? 0)
  const starts = useStarts(store, detail)
  const total = detail?.row.max_steps ?? null
  const preview = useMemo(
    () => previewOf(open, { starts, total, window, lastStep: names?.last_step ?? 0 }),
    [open.base, open.editor, starts, total, window, names?.last_step],
  )
  return (
    <section class="card panel" aria-label="Preview">
      <header>
        <h2>Preview</h2>
        <span class="spacer" />
        {list.length > 0 && (
          <select
            class="select small"
            aria-label="Metric of the preview"
            value={metric}
            onChange={(event) => setView({ over: event.currentTarget.value })}
          >
            {list.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </header>
      {isMissing && (
        <p class="notice warn" role="status">
          This run has no metric <code>{asked}</code>
          {metric === undefined ? '.' : `: ${metric} is shown.`}
        </p>
      )}
      {names !== undefined && list.length === 0 && (
        <p class="muted">This run has no metrics yet: only the values of the controls are shown.</p>
      )}
      {isEmpty(preview) ? (
        <>
          <p class="muted">There is nothing to draw: the recipe has no entries. A change to a control adds one:</p>
          <FillingLine line={FILLING_COMMANDS.ledger} />
        </>
      ) : (
        <PreviewPlot store={store} preview={preview} metric={metric} reached={stepOf(detail)} />
      )}
      <p class="muted small-text">
        The metric is shown as it was recorded, with the run's original changes. Grey dashes are the values before the
        edits. Drag a mark to shift its entries.
      </p>
    </section>
  )
}

function isEmpty({ metric, controls, marks }: Preview): boolean {
  return metric === null && controls.length === 0 && marks.length === 0
}

function useNames(id: string, isLive: boolean): MetricNames | undefined {
  const [names, setNames] = useState<MetricNames | undefined>(undefined)
  useEffect(() => {
    let isOver = false
    const look = (): void => {
      if (document.visibilityState !== 'visible') return
      ask<MetricNames>(runPath(id, 'metrics')).then(
        (answer) => isOver || setNames(answer),
        () => undefined,
      )
    }
    look()
    const timer = isLive ? setInterval(look, LOOK_MS) : undefined
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }, [id, isLive])
  return names
}

const LOOK_MS = 5000

function useWindow(id: string, metric: string | undefined, lastStep: number): WireSeriesWindow | undefined {
  const [window, setWindow] = useState<WireSeriesWindow | undefined>(undefined)
  useEffect(() => {
    if (metric === undefined) return
    let isOver = false
    send<{ readonly windows: readonly WireSeriesWindow[] }>(runPath(id, 'metrics/windows'), {
      requests: [{ name: metric, pixels: 600 }],
    }).then(
      ({ windows }) => isOver || setWindow(windows[0]),
      () => undefined,
    )
    return () => {
      isOver = true
    }
  }, [id, metric, lastStep])
  return metric === undefined ? undefined : window
}

// A control that the run has not changed still has its initial value.
function useStarts(store: RecipeStore, detail: RunDetail | undefined): Readonly<Record<string, number>> {
  const known = store.starts.value
  const controls = detail?.controls ?? []
  const current = controls.flatMap(({ param_key: key, current: value }) =>
    typeof value === 'number' ? [[key, value] as const] : [],
  )
  const text = JSON.stringify(current)
  return useMemo(() => ({ ...Object.fromEntries(current), ...known }), [text, known])
}
