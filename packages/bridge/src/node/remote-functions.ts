import type { HotModule, Json } from '@hotcb/protocol'
import { openControls } from '@hotcb/runtimectl/node'
import type { OpenMessage, Request } from '../wire.ts'
import type { Asking } from './asking.ts'
import { checkedBy } from './remote-queue.ts'

/**
 * Creates the kernel module `ctl`, whose functions belong to a trainer in another language; null if the trainer has none.
 */
export function remoteFunctions(
  functions: NonNullable<OpenMessage['functions']>,
  { ask, deciding, log }: { ask(request: Request): Json; deciding: Asking['deciding']; log(message: string): void },
): HotModule | null {
  if (functions.length === 0) return null
  const controls = openControls({ log })
  for (const { path, description } of functions) {
    controls.register(path, () => void ask({ k: 'ctl.call', path, ...deciding() }), {
      description,
      validateCall: checkedBy(ask, path),
    })
  }
  return controls.module()
}
