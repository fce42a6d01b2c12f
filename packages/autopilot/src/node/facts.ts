import type { ControlDescription } from '@hotcb/protocol'
import { callbacksOf, registeredOf } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import type { EngineInput } from '../types.ts'

/** The content of a run's documents at one moment, in addition to its records. */
export interface Facts
  extends Pick<EngineInput, 'controls' | 'isFrozen' | 'isPaused' | 'total' | 'canSave' | 'hasDataSkip'> {
  /** Whether the trainer has exited or is known to be dead. */
  readonly isOver: boolean
  /** The loaded callbacks. */
  readonly callbacks: readonly { readonly id: string; readonly enabled: boolean }[]
  /** The step in the state document. */
  readonly step: number | null
  /** The duration of a step in seconds, measured by the kernel. */
  readonly stepSeconds: number | null
}

/** Reads a run's documents. The controls are read only on demand. */
export function readFacts(run: Run): Facts {
  const { state } = run.readState()
  const functions = registeredOf(state?.modules)
  let controls: readonly ControlDescription[] | undefined
  return {
    controls() {
      controls ??= run.document('actuators').value?.controls ?? []
      return controls
    },
    isFrozen: run.freeze().state.mode !== 'off',
    isPaused: state?.paused ?? false,
    total: run.document('run').value?.max_steps ?? null,
    // Without a checkpoint, it is not known whether the trainer can save.
    canSave: run.checkpoints().length > 0 ? true : undefined,
    hasDataSkip: functions?.some(({ path }) => path === 'data.skip') ?? false,
    callbacks: (callbacksOf(state?.modules) ?? []).filter(({ loaded }) => loaded),
    isOver: state === undefined || state.closed,
    step: state?.step ?? null,
    stepSeconds: state?.step_seconds ?? null,
  }
}
