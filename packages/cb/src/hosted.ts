import { namedMessageOf } from '@hotcb/protocol'
import { askAgain, isAsking, trip } from './failure.ts'
import type { HostedCosts, HostReports } from './host.ts'
import type { CallbackRecord } from './record.ts'
import { type CallbackState, logFor, tellHost } from './state.ts'

/** Creates the reports that a host calls. */
export function createReports(state: CallbackState): HostReports {
  return {
    trip(number, reason) {
      const record = find(state, number)
      if (record === undefined) {
        const id = state.closing.get(number)?.id
        const which = `instance ${number} tripped after it was unloaded or replaced: ${reason}`
        if (id === undefined) state.context?.log(which)
        else logFor(state, id, which)
      } else trip(state, record, reason)
    },
    costs(number, costs) {
      checkCosts(costs)
      const record = find(state, number)
      if (record === undefined) return
      const { calls, errors, totalMs, maxMs, share = null, pending = 0, lastError = null } = costs
      Object.assign(record, { calls, errors, totalMs, maxMs, share, pending, lastError })
    },
    closed(number, error) {
      const caller = state.closing.get(number)
      if (caller === undefined) return
      state.closing.delete(number)
      if (error !== null) logFor(state, caller.id, `\`close\` threw: ${error}`)
    },
  }
}

/** Called after the events of a safe point. Repeats requests that the host or the kernel has not accepted yet. */
export function endHostedPoint(state: CallbackState, step: number): void {
  state.step = step
  if (isAsking(state)) askAgain(state)
  if (state.told === state.active) return
  const refusal = tellHost(state)
  if (refusal === state.refusal) return
  // This is logged once, and not repeated at each safe point until the host accepts the list.
  state.refusal = refusal
  if (refusal !== null) state.context?.log(`callbacks: ${refusal}`)
}

/** Makes the host close the remaining instances, once, and logs those that it did not confirm. */
export function flushClosing(state: CallbackState): void {
  const { closing, host } = state
  if (closing.size === 0 || host?.closing === undefined) return
  try {
    host.closing.flush([...closing.values()])
  } catch (error) {
    state.context?.log(`callbacks: the host could not close the remaining instances: ${namedMessageOf(error)}`)
  }
  for (const { id, number } of closing.values()) {
    logFor(state, id, `the host never confirmed that it closed instance ${number}`)
  }
  closing.clear()
}

function find(state: CallbackState, number: number): CallbackRecord | undefined {
  for (const record of state.records.values()) if (record.number === number) return record
  return undefined
}

function checkCosts({ calls, errors, totalMs, maxMs, share, pending }: HostedCosts): void {
  const numbers = { calls, errors, totalMs, maxMs, share: share ?? 0, pending: pending ?? 0 }
  for (const [name, value] of Object.entries(numbers)) {
    if (!(Number.isFinite(value) && value >= 0)) throw new RangeError(`\`${name}\` must be a number >= 0, got ${value}`)
  }
}
