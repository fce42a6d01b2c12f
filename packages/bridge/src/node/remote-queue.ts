import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import type { ValidateCall } from '@hotcb/runtimectl'
import { openControls } from '@hotcb/runtimectl/node'
import type { PollMessage, Request } from '../wire.ts'

/** runtimectl's queue, whose controls are functions in a trainer in another language. */
export interface RemoteQueue {
  /** Applies the pending commands. @returns the acks */
  poll(message: PollMessage): readonly Json[]
  close(): void
}

/** @throws Error when the directory cannot be created. */
export function openRemoteQueue(
  dir: string,
  { ask, log }: { ask(request: Request): Json; log(message: string): void },
): RemoteQueue {
  const controls = openControls({ dir, log })

  function register({ path, overwrite = false, description = '' }: NonNullable<PollMessage['register']>[number]): void {
    controls.register(path, () => void ask({ k: 'ctl.call', path }), {
      overwrite,
      description,
      validateCall: checkedBy(ask, path),
    })
  }

  return {
    poll({ register: added = [] }) {
      for (const one of added) register(one)
      // An ack is JSON, because it is a line of a file.
      return controls.pollAndApply({ every: 0 }).map((ack) => JSON.parse(JSON.stringify(ack)))
    },
    close: () => controls.close(),
  }
}

/**
 * Returns a validator that passes the arguments of a call to the trainer. The trainer keeps the checked values itself,
 * because JSON may not be able to represent them.
 */
export function checkedBy(ask: (request: Request) => Json, path: string): ValidateCall<readonly unknown[]> {
  return (args, kwargs) => valuesOf(ask({ k: 'ctl.check', path, args, kwargs }), args, kwargs)
}

function valuesOf(
  told: Json,
  args: readonly Json[],
  kwargs: JsonObject,
): readonly [readonly Json[], Readonly<Record<string, unknown>>] {
  if (!isObject(told)) return [args, kwargs]
  return [Array.isArray(told['args']) ? told['args'] : args, isObject(told['kwargs']) ? told['kwargs'] : kwargs]
}
