import type { StateDocument } from '@hotcb/protocol'
import { stepOf } from './loop.ts'
import type { KernelParts } from './parts.ts'
import { isSaveAsked, look, lookSlowly } from './safe-point.ts'
import { stateDocument } from './state-document.ts'

/**
 * Determines at each safe point whether there is something to do. The files are read at fixed intervals; with several
 * ranks, they are read where the ranks synchronize.
 */
export interface Gate {
  /** Whether it is time to read the files. */
  isLookDue(): boolean
  /** Makes the next safe point read the files, even if it is not time yet. */
  lookNext(): void
  /** Whether there is something to do even without reading the files. */
  isBusy(): boolean
  /** Whether this safe point has something to do. Reads the files if `isLook` is true. */
  isDue(isLook: boolean): boolean
}

const SLOW_LOOK_MS = 100

export function createGate(parts: KernelParts): Gate {
  const { clock, loop, condition, queues, recorder, documents, intake, pace, ranks, options } = parts
  const { history, held, recipe } = queues
  const lookMs = options.lookMs ?? 2
  const isLate = options.lateDocuments === true
  const crew = options.hostRanks ?? null
  let nextLook = Number.NEGATIVE_INFINITY
  let nextSlowLook = Number.NEGATIVE_INFINITY
  const describeState = (): StateDocument => stateDocument(parts)

  // Nearly all of the kernel's overhead comes from checks that find nothing, so such checks skip the rest of the safe
  // point.
  function lookAround(): boolean {
    const now = clock.now()
    nextLook = now + lookMs
    pace.measure(loop.step, now)
    const isSlow = now >= nextSlowLook
    if (isSlow) {
      nextSlowLook = now + SLOW_LOOK_MS
      lookSlowly(parts)
    }
    const isSeen = look(parts)
    if (isSeen || isSlow || ranks !== null || intake?.look() === true) return true
    if (!isLate) documents.write(now, stepOf(loop), describeState)
    return false
  }

  function isBusy(): boolean {
    // With several ranks, everything except the trainer's saves happens where they synchronize.
    if (ranks !== null) return isSaveAsked(parts)
    const { step } = loop
    return (
      queues.submitted.length > 0 ||
      condition.paused ||
      recorder.isDegraded ||
      (crew !== null && crew.lost !== null && !condition.isRanksLost) ||
      intake?.isBehind === true ||
      step >= history.nextStep ||
      step >= held.nextStep ||
      step >= recipe.nextStep
    )
  }

  return {
    isLookDue: () => (ranks === null || ranks.lost !== null ? clock.now() >= nextLook : ranks.isDue(loop)),
    lookNext() {
      nextLook = Number.NEGATIVE_INFINITY
      nextSlowLook = Number.NEGATIVE_INFINITY
    },
    isBusy,
    isDue: (isLook) => !condition.superseded && ((isLook && lookAround()) || isBusy()),
  }
}
