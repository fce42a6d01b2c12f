import type { JSX } from 'preact'
import { formatStep } from '../../shared/describe.ts'
import { useRun } from '../run/run-context.ts'
import type { RailPlace } from './place-marks.ts'
import { type RailMark, textOfMark } from './rail-mark.ts'

/** Describes the changes of a flag while the pointer or the focus is on it. The accessible name of the flag contains the same text. */
export function FlagCard({ place, width }: { readonly place: RailPlace; readonly width: number }): JSX.Element {
  const { marks, left } = place
  const start = Math.max(0, Math.min(left - WIDTH / 2, width - WIDTH))
  return (
    <div class="flag-card" style={{ left: `${start}px` }} aria-hidden="true">
      <ul>
        {marks.slice(0, SHOWN).map((mark) => (
          <Line key={mark.id} mark={mark} />
        ))}
      </ul>
      {marks.length > SHOWN && <p class="muted small-text">and {marks.length - SHOWN} more: click for all</p>}
    </div>
  )
}

const SHOWN = 6
/** In pixels; the style sheet contains the same number. */
const WIDTH = 300

function Line({ mark }: { readonly mark: RailMark }): JSX.Element {
  const { describe } = useRun()
  const { what, who, outcome, reason } = textOfMark(mark, describe)
  return (
    <li>
      <i class="change-dot" data-source={mark.source} data-outcome={mark.outcome} />
      <div>
        <b>{what}</b>
        <span class="muted">
          step {formatStep(mark.step)}
          {who !== '' && `, ${who}`}, {outcome}
        </span>
        {reason !== '' && <span class="muted">{reason}</span>}
      </div>
    </li>
  )
}
