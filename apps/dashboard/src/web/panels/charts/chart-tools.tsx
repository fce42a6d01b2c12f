import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import type { ChartSpec } from '../../../shared/chart-groups.ts'
import { runPath } from '../../api.ts'
import { pagePath } from '../../base.ts'
import { useRoving } from '../../parts/use-roving.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'
import { savePng } from './export-png.ts'
import { type ChartView, setFocus, togglePin } from './view.ts'

/** Pin, enlarge, and save a chart. */
export function ChartTools(props: {
  readonly spec: ChartSpec
  readonly view: ChartView
  readonly isLarge: boolean
  readonly pinned: readonly string[]
  readonly plot: { readonly current: uPlot | undefined }
}): JSX.Element {
  const { spec, isLarge, pinned, plot } = props
  const { id } = useRun()
  const { series } = useStream('metrics')
  const group = useRef<HTMLDivElement>(null)
  useRoving(group, '.button')
  const isPinned = pinned.includes(spec.title)
  const csv = (): string => {
    const [from, to] = series.shown
    const names = spec.names.map((name) => `name=${encodeURIComponent(name)}`).join('&')
    return pagePath(`api/${runPath(id, `metrics/export?${names}&from=${Math.floor(from)}&to=${Math.ceil(to)}`)}`)
  }
  return (
    <div ref={group} class={`tools ${isPinned ? 'pinned' : ''}`} role="group" aria-label={`Tools of ${spec.title}`}>
      <button
        type="button"
        class="button icon quiet"
        aria-pressed={isPinned}
        aria-label={`Pin ${spec.title}`}
        title={isPinned ? 'Unpin' : 'Pin to the top'}
        onClick={() => togglePin(spec.title, pinned)}
      >
        <Icon path="M9 3h6l-1 6 4 4v2H6v-2l4-4-1-6zM12 15v6" />
      </button>
      <button
        type="button"
        class="button icon quiet"
        aria-pressed={isLarge}
        aria-label={isLarge ? 'Show all charts' : `Focus ${spec.title}`}
        title={isLarge ? 'Show all charts' : 'Focus'}
        onClick={() => setFocus(isLarge ? [] : spec.names)}
      >
        <Icon path={isLarge ? 'M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5' : 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5'} />
      </button>
      <button
        type="button"
        class="button icon quiet"
        aria-label={`Save ${spec.title} as PNG`}
        title="Save as PNG"
        onClick={() => plot.current !== undefined && savePng(plot.current, spec, id)}
      >
        <Icon path="M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01" />
      </button>
      <a
        class="button icon quiet"
        href={csv()}
        download
        aria-label={`Save ${spec.title} as CSV`}
        title="Save as CSV"
        onPointerEnter={(event) => (event.currentTarget.href = csv())}
        onFocus={(event) => (event.currentTarget.href = csv())}
      >
        <Icon path="M12 4v11M7 11l5 5 5-5M5 20h14" />
      </a>
    </div>
  )
}

/** A drawn sign of 24 by 24. */
export function Icon({ path }: { readonly path: string }): JSX.Element {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  )
}
