import { printable } from '@hotcb/protocol'
import { control } from '@hotcb/protocol/node'
import type { Screen } from './screen.ts'

/** A training run's position. */
export interface ProgressState {
  /** The number of completed steps. */
  readonly done: number
  readonly loss: number
  readonly lr: number
  /** From the last evaluation; undefined before it. */
  readonly valAccuracy: number | undefined
}

/** A progress line, and permanent lines. */
export interface Progress {
  /** Shows a state: in place on a terminal, otherwise occasionally on a new line. */
  show(state: ProgressState): void
  /** Prints a permanent line above the progress line. */
  say(line: string): void
  /** Finishes the progress line with its last state. */
  end(): void
}

const REDRAW_MS = 100
const CLEAR_LINE = control('[G') + control('[K')

/**
 * Shows progress towards `maxSteps` on `screen`.
 *
 * @param first The first step that is trained. Speed is measured from it.
 * @param now Running time in milliseconds.
 */
export function createProgress(screen: Screen, maxSteps: number, first: number, now: () => number): Progress {
  const started = now()
  let drawn = Number.NEGATIVE_INFINITY
  let tenth = Math.floor((first / maxSteps) * 10)
  let line = ''

  function draw(text: string): void {
    line = text.slice(0, Math.max(20, screen.columns() - 1))
    screen.write(CLEAR_LINE + line)
  }

  return {
    show(state) {
      const time = now()
      if (screen.isTerminal) {
        if (time - drawn < REDRAW_MS && state.done < maxSteps) return
        drawn = time
        draw(describe(state, maxSteps, (state.done - first) / ((time - started) / 1000)))
        return
      }
      const reached = Math.floor((state.done / maxSteps) * 10)
      if (reached === tenth) return
      tenth = reached
      screen.write(`${describe(state, maxSteps, (state.done - first) / ((time - started) / 1000))}\n`)
    },
    say(text) {
      const said = printable(text)
      if (line === '') screen.write(`${said}\n`)
      else screen.write(`${CLEAR_LINE}${said}\n${line}`)
    },
    end() {
      if (line !== '') screen.write('\n')
      line = ''
    },
  }
}

function describe(state: ProgressState, maxSteps: number, speed: number): string {
  const { done, loss, lr, valAccuracy } = state
  const left = (maxSteps - done) / speed
  const parts = [
    `${String(done).padStart(String(maxSteps).length)} of ${maxSteps} done`,
    `loss ${loss.toFixed(4)}`,
    `lr ${shortNumber(lr)}`,
    valAccuracy === undefined ? 'test  –   ' : `test ${percent(valAccuracy)}`,
    `${Math.round(speed)} steps/s`,
  ]
  if (done < maxSteps && Number.isFinite(left)) parts.push(`${Math.ceil(left)} s left`)
  return parts.join('   ')
}

/** Returns a fraction as a percentage: `96.9 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** Returns a number with at most five significant digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(5)))
}
