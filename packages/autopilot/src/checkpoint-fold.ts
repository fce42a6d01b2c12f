import { isObject, type Json, type LedgerLine } from '@hotcb/protocol'

/** One of the run's checkpoints, regardless of who requested it. */
export interface AutoCheckpoint {
  readonly tag: string
  /** The next step to run after loading it. */
  readonly step: number
  /** The engine's computed steps when it was saved. */
  readonly clock: number
}

/** The tag of the state before the first step. */
export const START_TAG = 'auto-start'

/** The checkpoints that belong to the current history: a fold of ledger lines. */
export interface CheckpointFold {
  take(line: LedgerLine, clock: number): void
  /** Returns the checkpoints in step order; the start comes first. */
  all(): readonly AutoCheckpoint[]
  snapshot(): Json
  restore(saved: Json): void
}

export function createCheckpointFold(): CheckpointFold {
  let known: readonly AutoCheckpoint[] = []
  return {
    take({ module, op, decision, payload }, clock) {
      if (module !== 'core' || op !== 'checkpoint' || decision !== 'applied' || payload === null) return
      const { action, tag, step } = payload
      if (typeof step === 'number' && action === 'load') known = known.filter((one) => one.step <= step)
      if (typeof tag !== 'string') return
      if (action === 'drop') known = known.filter((one) => one.tag !== tag)
      if (action !== 'save' || typeof step !== 'number') return
      known = [...known.filter((one) => one.tag !== tag), { tag, step, clock }].sort((a, b) => a.step - b.step)
    },
    all: () => known,
    snapshot: () => known.map((one) => ({ ...one })),
    restore(saved) {
      if (!Array.isArray(saved)) return
      known = saved.flatMap((one: unknown) => {
        if (!isObject(one)) return []
        const { tag, step, clock } = one
        return typeof tag === 'string' && typeof step === 'number' && typeof clock === 'number'
          ? [{ tag, step, clock }]
          : []
      })
    },
  }
}
