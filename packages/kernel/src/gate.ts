import type { StateDocument } from '@hotcb/protocol'
import { stepOf } from './loop.ts'
import type { KernelParts } from './parts.ts'
import { isSaveAsked, look, lookSlowly } from './safe-point.ts'
import { stateDocument } from './state-document.ts'

/** Tells at each safe point whether there is something to do. A clock decides when to look; ranks look where they meet. */
export interface Gate {
  /** Whether it is time to look. */
  isLookDue(): boolean
  /** Whether this safe point has something to do. Looks around, where `isLook` says so. */
  isDue(isLook: boolean): boolean
}

const SLOW_LOOK_MS = 100

export function createGate(parts: KernelParts): Gate {
  const { clock, loop, condition, documents, intake, ranks, options } = parts
  const lookMs = options.lookMs ?? 2
  let nextLook = Number.NEGATIVE_INFINITY
  let nextSlowLook = Number.NEGATIVE_INFINITY
  const describeState = (): StateDocument => stateDocument(parts)

  // Nearly all that a trainer pays for us are looks that find nothing: they leave the safe point's machinery alone.
  function lookAround(): boolean {
    const now = clock.now()
    nextLook = now + lookMs
    loop.measure(now)
    const isSlow = now >= nextSlowLook
    if (isSlow) {
      nextSlowLook = now + SLOW_LOOK_MS
      lookSlowly(parts)
    }
    const isSeen = look(parts)
    if (isSeen || isSlow || ranks !== null || intake?.look() === true) return true
    documents.write(now, stepOf(loop), describeState)
    return false
  }

  return {
    isLookDue: () => (ranks === null || ranks.lost !== null ? clock.now() >= nextLook : ranks.isDue(loop)),
    isDue: (isLook) => !condition.superseded && ((isLook && lookAround()) || isBusy(parts)),
  }
}

/** Whether there is something to do without a look. */
export function isBusy(parts: KernelParts): boolean {
  const { ranks, queues, condition, recorder, intake, loop } = parts
  // Several ranks do everything else at the places where they meet.
  if (ranks !== null) return isSaveAsked(parts)
  return (
    queues.submitted.length > 0 ||
    condition.paused ||
    recorder.isDegraded ||
    intake?.isBehind === true ||
    loop.step >= queues.history.nextStep ||
    loop.step >= queues.held.nextStep ||
    loop.step >= queues.recipe.nextStep
  )
}
