import { messageOf } from '@hotcb/protocol'
import { write } from './access.ts'
import type { Actuator } from './actuator.ts'
import { valuesAt } from './cell.ts'
import type { Live } from './live.ts'
import { isWritten } from './verify.ts'

/**
 * Verifies earlier values against those that the trainer has used since, then sets the current values of schedules and
 * ramps.
 *
 * @returns One line for each setter, getter or schedule that threw. It is reported once, until it works again or the
 *   message changes.
 */
export function tickLive(live: Live, step: number, metrics?: Readonly<Record<string, unknown>>): readonly string[] {
  const problems: string[] = []
  if (step > live.step) {
    for (const [actuator, wait] of live.unverified) {
      wait.since ??= live.step
      if (step < wait.since + wait.after) continue
      attempt(live, actuator, problems, 'could not be verified', () => {
        verify(live, actuator, metrics)
        // A control that cannot be read keeps its interval, and is retried immediately.
        while (step >= (wait.since ?? step) + wait.after) wait.after *= 2
      })
    }
  }
  for (const actuator of live.moving) {
    attempt(live, actuator, problems, 'could not be updated', () => {
      const cell = live.cells.get(actuator)
      if (cell !== undefined) write(actuator, valuesAt(actuator, cell, step))
    })
  }
  live.step = step
  live.isTicked = true
  return problems
}

function verify(live: Live, actuator: Actuator, metrics: Readonly<Record<string, unknown>> | undefined): void {
  const cell = live.cells.get(actuator)
  if (cell === undefined || !isWritten(actuator, valuesAt(actuator, cell, live.step), metrics)) return
  live.unverified.delete(actuator)
  live.states.set(actuator, 'verified')
  live.version++
}

function attempt(live: Live, actuator: Actuator, problems: string[], what: string, act: () => void): void {
  try {
    act()
    if (live.faults.get(actuator)?.includes(what)) live.faults.delete(actuator)
  } catch (error) {
    const said = `\`${actuator.key}\` ${what}: ${messageOf(error)}`
    if (live.faults.get(actuator) === said) return
    live.faults.set(actuator, said)
    problems.push(said)
  }
}
