import type { Kernel } from '@hotcb/kernel'
import type { openKernel } from '@hotcb/kernel/node'
import type { Json } from '@hotcb/protocol'
import type { Answer, Request } from '../wire.ts'

/** Sends a request to the trainer during a contact, and waits for its answer. */
type Ask = (request: Request) => Answer

/** Thrown when a request fails, with the trainer's own message and stack trace. */
class TrainerError extends Error {
  override readonly name = 'TrainerError'
  /** The ranks that rejected it, if other ranks did not. */
  readonly ranks: readonly number[] | undefined

  constructor(message: string, ranks?: readonly number[]) {
    super(message)
    this.ranks = ranks
  }
}

/** The ranks of a training run, in the form that the kernel expects. */
type Crew = NonNullable<NonNullable<Parameters<typeof openKernel>[1]>['hostRanks']>

/** Requests to the trainer, and its known state. */
export interface Asking {
  /**
   * Whether the trainer has made a contact and is waiting for it to finish. The trainer answers requests only during a
   * contact.
   */
  isOpen: boolean
  rates: readonly number[]
  /** The step of the contact. */
  step: number
  /** The seq of the last line that is in the ledger file. */
  written: number
  /** The ranks; null if there is only one. */
  readonly crew: Crew | null
  /** Records that the other ranks can no longer be reached. */
  lose(reason: string): void
  /** Sends a request, and returns the answer. @throws Error with the trainer's message. */
  ask(request: Request): Json
  /** The ledger line that is being decided. */
  deciding(): { readonly seq: number | null; readonly cid: string | null }
}

/** @param kernel Returns the kernel. It is not called before the kernel is open. */
export function createAsking(ports: { readonly ask: Ask }, kernel: () => Kernel, worldSize = 1): Asking {
  let lost: string | null = null
  const crew: Crew = {
    worldSize,
    get lost() {
      return lost
    },
  }
  return {
    crew: worldSize > 1 ? crew : null,
    lose(reason) {
      lost ??= reason
    },
    isOpen: false,
    rates: [],
    step: 0,
    written: 0,
    ask(request) {
      if (!this.isOpen) throw new TrainerError(`the trainer cannot be asked for \`${request.k}\` between two contacts`)
      return askTrainer(ports, request, (reason) => this.lose(reason))
    },
    deciding() {
      const now = kernel().deciding
      return { seq: now?.seq ?? null, cid: now?.cid ?? null }
    },
  }
}

/** Sends a request, and returns the answer. @throws Error with the trainer's message. */
export function askTrainer(
  ports: { readonly ask: Ask },
  request: Request,
  lose: (reason: string) => void = () => undefined,
): Json {
  const answer = ports.ask(request)
  if (!('error' in answer)) return answer.v
  if (answer.lost !== undefined) lose(answer.lost)
  const error = new TrainerError(answer.error, answer.ranks)
  if (answer.trace !== undefined) error.stack = answer.trace
  throw error
}

/** Runs `act` during a contact, since requests can be sent to the trainer only then. */
export function within<Value>(asking: Asking, act: () => Value): Value {
  asking.isOpen = true
  try {
    return act()
  } finally {
    asking.isOpen = false
  }
}
