import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import type uPlot from 'uplot'
import { describeChange } from '../../shared/describe.ts'
import type { Marker } from '../../shared/wire.ts'
import { openChange } from './change-dialog.tsx'

/** Where a flag stands, and the changes that it is for. */
export interface FlagPlace {
  /** Pixels from the left of the chart. */
  readonly left: number
  readonly marks: readonly Marker[]
}

/** Places a flag above each change in sight; changes too near to be told apart share one. */
export function placeFlags(plot: uPlot, marks: readonly Marker[]): FlagPlace[] {
  const places: { left: number; marks: Marker[] }[] = []
  const offset = plot.bbox.left / devicePixelRatio + HOST_LEFT
  const width = plot.bbox.width / devicePixelRatio
  for (const mark of marks) {
    const x = plot.valToPos(mark.step, 'x')
    if (x < 0 || x > width) continue
    const left = Math.round(x + offset)
    const before = places.at(-1)
    if (before !== undefined && left - before.left < APART) before.marks.push(mark)
    else places.push({ left, marks: [mark] })
  }
  return places
}

const APART = 22
// Where a plot begins in its card, by the style sheet: asking the page at every frame would make it lay itself out.
const HOST_LEFT = 9

/** The flags of a chart; a click shows what was changed, by whom, and what came of it. */
export function Flags({
  places,
  names,
}: {
  readonly places: ReadonlySignal<readonly FlagPlace[]>
  readonly names: readonly string[]
}): JSX.Element {
  return (
    <div class="flags">
      {places.value.map(({ left, marks }) => {
        const text = marks
          .map((mark) => `step ${mark.step}: ${describeChange(mark)} (${mark.author ?? mark.source})`)
          .join('\n')
        return (
          <button
            key={marks[0]?.seq}
            type="button"
            class="flag"
            style={{ left: `${left}px` }}
            title={text}
            aria-label={`Change at ${text}`}
            onClick={() => openChange(marks, names)}
          >
            {marks.length === 1 ? initial(marks[0]) : marks.length}
          </button>
        )
      })}
    </div>
  )
}

function initial(mark: Marker | undefined): string {
  return (mark?.author ?? mark?.source ?? '').slice(0, 1).toUpperCase()
}
