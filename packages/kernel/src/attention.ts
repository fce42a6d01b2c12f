import type { Gate } from './gate.ts'
import type { KernelParts } from './parts.ts'
import { writeDocuments } from './safe-point.ts'

/**
 * When a kernel must be called, for a host that calls it only if there is something to do.
 *
 * A safe point may be skipped only if nothing is due, nothing moves, and no module listens to its events.
 */
export interface Attention {
  /** The step at which something is due; Infinity if nothing is. */
  readonly nextStep: number
  /** Whether something is already waiting: the next safe point must not be skipped. */
  readonly isBusy: boolean
  /** When a document is due, in running milliseconds. */
  readonly nextAt: number
  /**
   * Makes the next safe point read the files, whatever the time. Decides nothing itself.
   *
   * @returns Whether it will find something: commands, or a change of freeze or YAML.
   */
  look(): boolean
  /** Writes the documents that are due. */
  write(): void
  /** The loop has passed safe points without a call, and this is the last of them: a document that is written now tells it. */
  pass(step: number, call: number): void
}

export function createAttention(parts: KernelParts, gate: Gate): Attention {
  const { queues, documents, intake, options, loop } = parts
  return {
    get nextStep() {
      return queues.nextStep
    },
    get isBusy() {
      return gate.isBusy()
    },
    get nextAt() {
      return documents.nextAt
    },
    look() {
      gate.lookNext()
      const { commands, freeze, yaml } = options
      for (const port of [commands, freeze, yaml]) port?.refresh?.()
      return intake?.look() === true || freeze?.changed() === true || yaml?.changed() === true
    },
    write: () => writeDocuments(parts),
    pass(step, call) {
      if (loop.begun) loop.arrive({ ...loop.env, step }, [], call)
    },
  }
}
