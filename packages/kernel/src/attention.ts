import type { Gate } from './gate.ts'
import type { KernelParts } from './parts.ts'
import { writeDocuments } from './safe-point.ts'

/**
 * Shows when the kernel must be called, for a host that calls it only if there is something to do.
 *
 * The host may skip a safe point only if nothing is due, no schedule or ramp is changing a value, and no module is
 * listening for its events.
 */
export interface Attention {
  /** The step at which something is due; Infinity if nothing is. */
  readonly nextStep: number
  /** Whether something is already waiting: the next safe point must not be skipped. */
  readonly isBusy: boolean
  /** When the next document must be written, in milliseconds of running time. */
  readonly nextAt: number
  /**
   * Makes the next safe point read the files, even if it is not time yet. This call does not apply anything itself.
   *
   * @returns Whether that safe point will find something: commands, or a change to the freeze document or the YAML.
   */
  look(): boolean
  /** Writes the documents that are due. */
  write(): void
  /** Records the last of the safe points that the host skipped, so that a document written now includes it. */
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
