import type { Env } from '@hotcb/protocol'
import { recountCalls, saveNow } from './checkpoint.ts'
import type { Drive, Visit } from './decide.ts'
import { endOfCall, isEndDue } from './end-of-call.ts'
import { envMetrics } from './env-field.ts'
import type { Gate } from './gate.ts'
import type { HostPlace, Kernel } from './kernel.ts'
import { endMeeting, recordLostRanks } from './meeting.ts'
import { notifyModules } from './notify-modules.ts'
import type { KernelParts } from './parts.ts'
import { beginAt } from './restart.ts'
import { IDLE, outcomeOf } from './results.ts'
import { takePlace } from './safe-place.ts'
import { safePoint } from './safe-point.ts'

const NO_EVENTS: readonly string[] = Object.freeze([])

/** The two forms of `apply`: one that blocks, and one that yields to the event loop. */
export function createApply(parts: KernelParts, gate: Gate): Pick<Kernel, 'apply' | 'applyAsync'> {
  const { loop, condition, queues, listeners, state, options } = parts

  /**
   * Records the position of the loop, and updates the controls that schedules and ramps are changing. Returns whether
   * it is time to read the files.
   */
  function arrive(env: Env, events: readonly string[], place: HostPlace | undefined): boolean {
    const { step } = env
    if (step < loop.step && loop.begun) parts.note(`step ${step} came after step ${loop.step}; it is used as given`)
    const isAgain = loop.arrive(env, events, place?.call)
    if (queues.savedTags.length > 0) countCalls(parts, isAgain)
    if (!loop.begun) beginLate(parts, step, place?.call ?? 0)
    if (state?.isMoving) for (const problem of state.tick(step, envMetrics(env), place?.moved)) parts.note(problem)
    return gate.isLookDue()
  }

  /**
   * Whether work is due at the end of this call. With several ranks, this depends only on the place that they agreed on
   * when they last synchronized.
   */
  function isEndHere(): boolean {
    if (!isEndDue(parts)) return false
    const { step, call } = loop
    return parts.ranks === null || parts.ranks.isDue({ step, call, end: true })
  }

  return {
    apply(env, events = NO_EVENTS, place) {
      if (condition.closed) return IDLE
      const isLook = arrive(env, events, place)
      if (gate.isDue(isLook)) block(visit(parts, isLook, 'sync'), options)
      if (loop.rewound === null && listeners.length > 0) notifyModules(parts)
      if (queues.saves.length > 0) saveNow(parts, 'sync')
      if (isEndHere()) block(leave(parts, 'sync'), options)
      return outcomeOf(parts)
    },
    async applyAsync(env, events = NO_EVENTS, place) {
      if (condition.closed) return IDLE
      const isLook = arrive(env, events, place)
      if (gate.isDue(isLook)) await driven(visit(parts, isLook, 'async'), options)
      if (loop.rewound === null && listeners.length > 0) notifyModules(parts)
      if (queues.saves.length > 0) await saveNow(parts, 'async')
      if (isEndHere()) await driven(leave(parts, 'async'), options)
      return outcomeOf(parts)
    },
  }
}

function countCalls(parts: KernelParts, isAgain: boolean): void {
  if (isAgain) recountCalls(parts)
  else parts.queues.forgetSavedTags()
}

// The trainer never called `continueFrom`, so the loop begins here.
function beginLate(parts: KernelParts, step: number, call: number): void {
  const { loop } = parts
  if (loop.opening !== null && loop.opening.history.entries.length > 0) {
    parts.note(`step ${step} ran without the earlier history: call \`continueFrom\` before the loop`)
  }
  takePlace(parts)
  beginAt(parts, step, null)
  // Changes made before the first step belong to the end of the previous step, so the loop is placed there.
  loop.standAt(step, call + 1)
}

function* visit(parts: KernelParts, isLook: boolean, drive: Drive): Visit {
  yield* safePoint(parts, isLook, drive)
  if (isLook) endMeeting(parts)
  else recordLostRanks(parts)
}

function* leave(parts: KernelParts, drive: Drive): Visit {
  yield* endOfCall(parts, drive)
  endMeeting(parts)
}

function block(waits: Visit, { sleep }: KernelParts['options']): void {
  for (let next = waits.next(); next.done !== true; ) {
    next = waits.next('ms' in next.value ? sleep?.block?.(next.value.ms) : undefined)
  }
}

async function driven(waits: Visit, { sleep }: KernelParts['options']): Promise<void> {
  for (const wait of waits) await ('ms' in wait ? sleep?.wait?.(wait.ms) : wait.promise)
}
