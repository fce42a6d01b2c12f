import { type Env, isThenable, readSubmittedOp, type SubmittedOp } from '@hotcb/protocol'
import { type EnvAdditions, viewEnv } from './env-view.ts'
import { askAgain, countError, countStray, isAsking, trip } from './failure.ts'
import type { CallbackRecord } from './record.ts'
import { type CallbackState, logFor } from './state.ts'

/**
 * Runs every active callback at one event, one after another, in loading order. Each is timed, and its errors are contained.
 */
export function dispatch(state: CallbackState, event: string, env: Env): void {
  const { active } = state
  if (active.length === 0) return
  const { now, guard } = state.ports
  const step = env.step
  state.voice ??= createVoice(state)
  const view = viewEnv(env, state.voice)
  state.step = step
  // One clock reading between two callbacks ends the first and starts the second.
  guard.begin(step)
  let started = now()
  for (const record of active) {
    if (record.tripped !== null) continue
    guard.enter(record)
    try {
      if (!record.attached) {
        record.callback.onAttach?.(view)
        record.attached = true
      }
      const returned = record.callback.handle(event, view)
      if (returned === undefined) record.streak = 0
      else follow(state, record, returned, event)
    } catch (error) {
      countError(state, record, error, 'threw', placeOf(event, step))
    }
    const ended = now()
    const elapsed = ended - started
    started = ended
    record.calls++
    record.totalMs += elapsed
    if (elapsed > record.maxMs) noteSlowest(state, record, elapsed, event, step)
  }
  guard.leave()
}

/** Called after the events of a safe point. Computes shares and checks budgets at every 100th call. */
export function endSafePoint(state: CallbackState, env: Env): void {
  state.step = env.step
  if (++state.safePoints % WINDOW !== 0 && !isAsking(state)) return
  askAgain(state)
  if (state.safePoints % WINDOW === 0) closeWindow(state)
}

/** The number of safe points over which a callback's share of the wall time is measured. */
const WINDOW = 100

function noteSlowest(state: CallbackState, record: CallbackRecord, elapsed: number, event: string, step: number): void {
  record.maxMs = elapsed
  const { maxCallMs } = state.limits
  if (elapsed <= maxCallMs) return
  trip(
    state,
    record,
    `took ${elapsed.toFixed(1)} ms at ${placeOf(event, step)}, over the budget of ${maxCallMs} ms per call`,
  )
}

function closeWindow(state: CallbackState): void {
  const now = state.ports.now()
  const wall = now - state.windowStartedMs
  state.windowStartedMs = now
  const { maxShare } = state.limits
  for (const record of state.records.values()) {
    const share = wall > 0 ? (record.totalMs - record.windowTotalMs) / wall : 0
    record.windowTotalMs = record.totalMs
    record.share = share
    if (share <= maxShare) continue
    const used = `${(share * 100).toFixed(1)} % of the time over the last ${WINDOW} safe points`
    trip(state, record, `took ${used}, over the budget of ${maxShare * 100} %`)
  }
}

function follow(state: CallbackState, record: CallbackRecord, returned: unknown, event: string): void {
  if (!isThenable(returned)) {
    record.streak = 0
    return
  }
  const at = placeOf(event, state.step)
  // A custom thenable may throw or settle twice, so it is wrapped in a promise, which does neither.
  const promise = Promise.resolve(returned)
  if (++record.pending === PILED_UP) {
    logFor(state, record.id, `${PILED_UP} of its promises are pending: they cannot settle in a loop that never yields`)
  }
  promise.then(
    () => {
      record.pending--
      record.streak = 0
    },
    (error: unknown) => {
      record.pending--
      countStray(state, record, error, 'rejected', at)
    },
  )
}

const PILED_UP = 1000

function createVoice(state: CallbackState): EnvAdditions {
  const runDir = state.context?.runDir
  // Frozen, because it is the prototype of every view, and one callback must not change the methods of other callbacks.
  return Object.freeze<EnvAdditions>({
    ...(runDir !== undefined && { runDir }),
    log: (message) => {
      const id = state.ports.guard.current()?.id
      if (id === undefined) state.context?.log(String(message))
      else logFor(state, id, String(message))
    },
    submit: (op) => {
      const id = state.ports.guard.current()?.id
      const asked = readAsked(op)
      state.context?.submit({
        ...asked,
        ...(asked.note === undefined && id !== undefined && { note: `callback ${id}` }),
      })
    },
  })
}

// The `source` that a callback sets is ignored, because a request with the source `kernel` would be allowed even in a
// freeze. The ledger records the module's name.
function readAsked(op: SubmittedOp): SubmittedOp {
  const read = readSubmittedOp(op)
  if (!read.ok) throw new TypeError(read.reason)
  const { source: _claimed, ...asked } = read.value
  return asked
}

function placeOf(event: string, step: number): string {
  return `step ${step}, ${event}`
}
