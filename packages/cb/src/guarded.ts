import { countStray } from './failure.ts'
import type { Caller } from './ports.ts'
import { type CallbackState, logFor } from './state.ts'

/** A name for code that is about to run for the first time: unique in this process, also for every reload. */
export function createCaller(state: CallbackState, id: string): Caller {
  const caller = { id, number: ++created }
  state.ports.guard.add(caller)
  return caller
}

/** Runs code of a callback outside an event, under its name, so that errors of what it starts are attributed to it. */
export function guarded<Value>(state: CallbackState, caller: Caller, act: () => Value): Value {
  const { guard } = state.ports
  guard.begin(state.step)
  guard.enter(caller)
  try {
    return act()
  } finally {
    guard.leave()
  }
}

/** From now on, uncaught errors are checked: those of callbacks are counted for them. */
export function openGuard(state: CallbackState): void {
  state.ports.guard.open((caller, error, kind) => {
    const at = `step ${state.step}`
    if (kind === 'exit') logFor(state, caller.id, `ended the process with code ${error} at ${at}`)
    else countStray(state, caller, error, kind === 'rejection' ? 'leaked a rejection' : 'leaked an exception', at)
  })
}

let created = 0
