import { countStray } from './failure.ts'
import type { Caller } from './ports.ts'
import { type CallbackState, logFor } from './state.ts'

/**
 * Creates an identity for code that is about to run for the first time. It is unique in this process, and every reload gets a new one.
 */
export function createCaller(state: CallbackState, id: string): Caller {
  const caller = { id, number: ++created }
  state.ports.guard.add(caller)
  return caller
}

/**
 * Runs a callback's code outside an event under the callback's identity, so that errors in work started by the code are attributed to the
 * callback.
 */
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

/** Starts listening for uncaught errors, and counts those that come from callbacks. */
export function openGuard(state: CallbackState): void {
  state.ports.guard.open((caller, error, kind) => {
    const at = `step ${state.step}`
    if (kind === 'exit') logFor(state, caller.id, `terminated the process with code ${error} at ${at}`)
    else countStray(state, caller, error, kind === 'rejection' ? 'leaked a rejection' : 'leaked an exception', at)
  })
}

let created = 0
