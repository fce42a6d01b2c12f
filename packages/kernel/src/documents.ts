import type { MutableState } from '@hotcb/actuators'
import { type ModuleDescriptor, messageOf, type StateDocument } from '@hotcb/protocol'
import type { Clock, DocumentSink } from './ports.ts'

/** Writes the kernel's documents, no more often than readers need them. */
export interface Documents {
  /** Writes the documents that are due. `state` is built only then. */
  write(now: number, step: number, state: () => StateDocument): void
  /** Writes both documents, even if they are not due. */
  writeAll(step: number, state: () => StateDocument): void
  /** When the next document is due, in running milliseconds; Infinity if none is waiting. */
  readonly nextAt: number
}

const STATE_MS = 1000
const ACTUATORS_MS = 200

/**
 * @param onTrouble Called once when a document cannot be written, and once when it can be written again.
 * @param modules Descriptors of the modules that are not built in. Default: none.
 */
export function createDocuments(
  sink: DocumentSink,
  state: MutableState | null,
  clock: Clock,
  onTrouble: (message: string) => void,
  modules: readonly ModuleDescriptor[] = [],
): Documents {
  let stateAt = Number.NEGATIVE_INFINITY
  let actuatorsAt = Number.NEGATIVE_INFINITY
  let writtenVersion = 0
  let writtenText = ''
  // Failures are tracked separately, since one document may be writable and the other not.
  const attemptState = createAttempt('the state document', onTrouble)
  const attemptActuators = createAttempt('the controls document', onTrouble)

  function writeState(now: number, document: () => StateDocument): void {
    stateAt = now
    attemptState(() => sink.state?.(`${JSON.stringify(document())}\n`))
  }

  function actuatorsText(step: number): string {
    const controls = state?.describe(step) ?? []
    return `${JSON.stringify(modules.length === 0 ? { controls } : { controls, modules })}\n`
  }

  // The trainer's getters and choices may return values that JSON cannot represent, so the text is also built inside
  // the function that catches errors.
  function writeActuators(now: number, step: number, isOnlyIfMoved = false): void {
    const version = state?.version ?? 0
    const isDone = attemptActuators(() => {
      const text = actuatorsText(step)
      if (isOnlyIfMoved && text === writtenText) return
      actuatorsAt = now
      sink.actuators?.(text)
      writtenText = text
    })
    if (isDone) writtenVersion = version
    else actuatorsAt = now
  }

  function actuatorsWait(): boolean {
    return state !== null && state.version !== writtenVersion
  }

  return {
    get nextAt() {
      return Math.min(stateAt + STATE_MS, actuatorsWait() ? actuatorsAt + ACTUATORS_MS : Number.POSITIVE_INFINITY)
    },
    write(now, step, document) {
      const isStateDue = now >= stateAt + STATE_MS
      if (isStateDue) writeState(now, document)
      if (actuatorsWait()) {
        if (now >= actuatorsAt + ACTUATORS_MS) writeActuators(now, step)
        // A ramp or a schedule of the trainer changes values without a command, so the version does not change.
      } else if (isStateDue && state !== null) writeActuators(now, step, true)
    },
    writeAll(step, document) {
      const now = clock.now()
      writeState(now, document)
      if (state !== null || modules.length > 0) writeActuators(now, step)
    },
  }
}

/** Returns a function that runs a write of one document and reports whether it succeeded. */
function createAttempt(what: string, onTrouble: (message: string) => void): (write: () => void) => boolean {
  let isTroubled = false
  return (write) => {
    try {
      write()
      if (isTroubled) onTrouble(`${what} can be written again`)
      isTroubled = false
      return true
    } catch (error) {
      if (!isTroubled) onTrouble(`${what} cannot be written: ${messageOf(error)}`)
      isTroubled = true
      return false
    }
  }
}
