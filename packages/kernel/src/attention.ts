import type { Gate } from './gate.ts'
import type { KernelParts } from './parts.ts'
import { writeDocuments } from './safe-point.ts'

/**
 * When a kernel wants to be called, for a host that calls it only when there is something to do.
 *
 * A safe point that is left out must be one at which nothing is due, nothing moves, and no module wants to hear an event.
 */
export interface Attention {
  /** The step at which something is due; Infinity where nothing is. */
  readonly nextStep: number
  /** Whether something waits already: the next safe point must be made. */
  readonly isBusy: boolean
  /** When a document is due, in running milliseconds. */
  readonly nextAt: number
  /**
   * Has the next safe point look around, whatever the time. Decides nothing itself.
   *
   * @returns Whether it will find something: commands, or a change of freeze or YAML.
   */
  look(): boolean
  /** Writes the documents that are due. */
  write(): void
}

export function createAttention(parts: KernelParts, gate: Gate): Attention {
  const { queues, documents, intake, options } = parts
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
  }
}
