import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { Annotation } from '../../../shared/annotations.ts'
import type { ChartSpec } from '../../../shared/chart-groups.ts'
import type { RailMark } from '../../changes/rail-mark.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { useRoving } from '../../parts/use-roving.ts'
import type { PlotSeries } from '../../streams/series-store.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import { moveByOne, startMove } from './move-chart.ts'
import type { PlotLook } from './plot-columns.ts'
import { type ChartView, setFocus, togglePin } from './view.ts'

/** The state that a chart's tools change. */
export interface ChartToolsProps {
  readonly spec: ChartSpec
  readonly view: ChartView
  readonly isLarge: boolean
  readonly pinned: readonly string[]
  readonly plot: { readonly current: uPlot | undefined }
  readonly series: PlotSeries
  readonly look: PlotLook
  readonly marks: readonly RailMark[]
  readonly notes: readonly Annotation[]
  /** Starts a new annotation. */
  readonly onNote: () => void
}

const LazyMenu = lazyPanel(async () => (await import('./chart-menu.tsx')).ChartMenu)

/** Shows tools that move, pin and enlarge a chart. Its menu sets its axis, size and lines, and saves it. */
export function ChartTools(props: ChartToolsProps): JSX.Element {
  const { spec, isLarge, pinned } = props
  const group = useRef<HTMLDivElement>(null)
  useRoving(group, '.button')
  const [isOpen, setOpen] = useState(false)
  const isPinned = pinned.includes(spec.title)
  return (
    <>
      <div ref={group} class={`tools ${isPinned ? 'pinned' : ''}`} role="group" aria-label={`Tools for ${spec.title}`}>
        {!isLarge && <MoveButton title={spec.title} />}
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
          aria-label={`Options for ${spec.title}`}
          title="Axis, size, lines, and save as a file"
          onClick={() => setOpen(true)}
        >
          <Icon path="M5 12h.01M12 12h.01M19 12h.01" />
        </button>
      </div>
      {isOpen && (
        <Dialog title={spec.title} onClose={() => setOpen(false)}>
          <LazyMenu {...props} onDone={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  )
}

function MoveButton({ title }: { readonly title: string }): JSX.Element {
  return (
    <button
      type="button"
      class="button icon quiet move-grip"
      aria-label={`Move ${title}: drag, or press Shift and an arrow key`}
      title="Drag to move, or press Shift and an arrow key"
      onPointerDown={startMove}
      onKeyDown={(event) => {
        const by = BY[event.key]
        if (!event.shiftKey || by === undefined) return
        // Without shift, arrow keys move the focus between the tools.
        event.stopPropagation()
        event.preventDefault()
        const button = event.currentTarget
        moveByOne(button, by)
        // The chart has moved to a different place on the page, and the focus must follow it.
        requestAnimationFrame(() => button.focus())
      }}
    >
      <Icon path="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" />
    </button>
  )
}

const BY: Readonly<Record<string, 1 | -1 | undefined>> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }

/** Shows an icon of 24 by 24 pixels. */
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
