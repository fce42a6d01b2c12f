import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useRoving } from '../parts/use-roving.ts'
import { useRun } from '../run/run-context.ts'
import type { PlotSeries } from '../streams/series-store.ts'
import { isDark } from '../theme.ts'
import { commonOf } from './change-look.ts'
import { FlagCard } from './flag-card.tsx'
import { placeMarks, type RailPlace, samePlaces } from './place-marks.ts'
import './rail.css'
import { type RailMark, sentenceOfMark, textOfMark } from './rail-mark.ts'
import { openRailPlot } from './rail-plot.ts'

/** The properties of a rail. */
export interface RailProps {
  /** Ordered by step. */
  readonly marks: readonly RailMark[]
  readonly series: PlotSeries
  /** The range of steps to show. Default: the steps of the charts; the rail then shares their zoom. */
  readonly span?: (() => readonly [number, number]) | undefined
  /** Shows the changes of one flag. */
  readonly onOpen: (marks: readonly RailMark[]) => void
}

/**
 * Shows a run's changes along its steps as flags. A flag's colour shows the source of its change, and its shape shows
 * the outcome.
 */
export function Rail({ marks, series, span, onOpen }: RailProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const group = useRef<HTMLDivElement>(null)
  const places = useRailPlaces(host, { marks, series, span })
  const [shown, setShown] = useState<string | undefined>(undefined)
  useRoving(group, '.flag')
  const open = places.find((place) => idOf(place) === shown)
  return (
    <div class="rail" data-empty={marks.length === 0 || undefined}>
      <div ref={host} class="rail-plot" aria-hidden="true" />
      <div
        ref={group}
        class="flags"
        {...(places.length > 0 && { role: 'group', 'aria-label': 'Changes' })}
        onPointerLeave={() => setShown(undefined)}
      >
        {places.map((place) => (
          <Flag key={idOf(place)} place={place} onShow={setShown} onOpen={onOpen} />
        ))}
      </div>
      {marks.length === 0 && <p class="rail-empty muted small-text">No changes yet. Each change gets a flag here.</p>}
      {open !== undefined && <FlagCard place={open} width={host.current?.clientWidth ?? 0} />}
    </div>
  )
}

function Flag(props: {
  readonly place: RailPlace
  readonly onShow: (id: string | undefined) => void
  readonly onOpen: (marks: readonly RailMark[]) => void
}): JSX.Element {
  const { place, onShow, onOpen } = props
  const { marks, left, isAhead } = place
  const { describe } = useRun()
  const text = marks.slice(0, MOST_READ).map((mark) => sentenceOfMark(mark, describe))
  const more = marks.length > MOST_READ ? `, and ${marks.length - MOST_READ} more` : ''
  const [first] = marks
  const label = first === undefined ? '' : textOfMark(first, describe).who.slice(0, 1).toUpperCase()
  return (
    <button
      type="button"
      class="flag"
      data-source={commonOf(marks.map(({ source }) => source))}
      data-outcome={commonOf(marks.map(({ outcome }) => outcome))}
      data-refused={marks.some(({ outcome }) => outcome === 'refused') || undefined}
      data-ahead={isAhead || undefined}
      style={{ left: `${left}px` }}
      aria-label={`${marks.length === 1 ? 'Change at' : `${marks.length} changes:`} ${text.join('; ')}${more}`}
      onPointerEnter={() => onShow(idOf(place))}
      onFocus={() => onShow(idOf(place))}
      onBlur={() => onShow(undefined)}
      onKeyDown={(event) => event.key === 'Escape' && onShow(undefined)}
      onClick={() => onOpen(marks)}
    >
      <span aria-hidden="true">{marks.length === 1 ? label : marks.length}</span>
    </button>
  )
}

/** How many changes of one flag a screen reader reads out. */
const MOST_READ = 10

function idOf({ marks: [first], isAhead }: RailPlace): string {
  return isAhead ? 'ahead' : (first?.id ?? '')
}

/** Draws the rail while it is mounted; returns the positions of its flags. */
function useRailPlaces(
  host: { readonly current: HTMLDivElement | null },
  { marks, series, span }: Omit<RailProps, 'onOpen'>,
): readonly RailPlace[] {
  const [places] = useState(() => signal<readonly RailPlace[]>([]))
  const now = useRef({ marks, span })
  now.current = { marks, span }
  const redraw = useRef<() => void>(() => undefined)
  const isOwnSpan = span !== undefined
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const plot = openRailPlot(element, {
      series,
      span: isOwnSpan ? () => now.current.span?.() ?? series.shown : undefined,
      onDraw: (area) => {
        const next = placeMarks(now.current.marks, area)
        if (!samePlaces(places.peek(), next)) places.value = next
      },
    })
    redraw.current = plot.redraw
    return () => {
      redraw.current = () => undefined
      plot.close()
    }
  }, [series, isDark.value, isOwnSpan])
  useEffect(() => redraw.current(), [marks])
  return places.value
}
