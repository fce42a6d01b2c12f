import type { ControlDescription } from '@hotcb/protocol'
import { callbacksOf, registeredOf } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import type { EngineInput } from '../types.ts'

/** The content of the documents of a run at one moment, in addition to its records. */
export interface Facts
  extends Pick<EngineInput, 'controls' | 'isFrozen' | 'isPaused' | 'total' | 'canSave' | 'hasDataSkip'> {
  /** Whether the trainer has ended, or is known to be dead. */
  readonly isOver: boolean
  /** Callbacks that are loaded. */
  readonly callbacks: readonly { readonly id: string; readonly enabled: boolean }[]
  /** The step of the state document. */
  readonly step: number | null
  /** Seconds that a step takes, as the kernel measures it. */
  readonly stepSeconds: number | null
}

/** Reads the documents of a run; the controls only on demand. */
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
    // Without a checkpoint nothing is known.
    canSave: run.checkpoints().length > 0 ? true : undefined,
    hasDataSkip: functions?.some(({ path }) => path === 'data.skip') ?? false,
    callbacks: (callbacksOf(state?.modules) ?? []).filter(({ loaded }) => loaded),
    isOver: state === undefined || state.closed,
    step: state?.step ?? null,
    stepSeconds: state?.step_seconds ?? null,
  }
}
