import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Marker } from '../../../shared/wire.ts'
import { useRoving } from '../../parts/use-roving.ts'
import { useRun } from '../../run/run-context.ts'
import { openChange } from '../change/open-change.ts'
import { revertedSeqs, sourceOfMarks } from './flag-look.ts'
import type { FlagPlace } from './marks.ts'

/** The flags of a chart; a click shows what was changed, by whom, and the result. */
export function Flags({
  places,
  names,
}: {
  readonly places: ReadonlySignal<readonly FlagPlace[]>
  readonly names: readonly string[]
}): JSX.Element {
  const { describe } = useRun()
  const group = useRef<HTMLDivElement>(null)
  useRoving(group, '.flag')
  const reverted = revertedSeqs(places.value.flatMap(({ marks }) => marks))
  return (
    <div ref={group} class="flags" role="group" aria-label="Changes">
      {places.value.map(({ left, marks }) => {
        const text = marks
          .map((mark) => {
            const end = reverted.has(mark.seq) ? ', reverted' : ''
            return `step ${mark.step}: ${describe(mark)} (${mark.author ?? mark.source})${end}`
          })
          .join('\n')
        return (
          <button
            key={marks[0]?.seq}
            type="button"
            class="flag"
            data-source={sourceOfMarks(marks)}
            data-reverted={marks.every(({ seq }) => reverted.has(seq)) || undefined}
            style={{ left: `${left}px` }}
            title={text}
            aria-label={marks.length === 1 ? `Change at ${text}` : `${marks.length} changes: ${text}`}
            onClick={() => openChange(marks, names)}
          >
            <span aria-hidden="true">{marks.length === 1 ? initial(marks[0]) : marks.length}</span>
          </button>
        )
      })}
    </div>
  )
}

function initial(mark: Marker | undefined): string {
  return (mark?.author ?? mark?.source ?? '').slice(0, 1).toUpperCase()
}
