import { type Channel, isReplay, type ModuleContext, readSubmittedOp, type SubmittedOp } from '@hotcb/protocol'
import { askOfSubmitted } from './ask.ts'
import type { KernelParts } from './parts.ts'

/**
 * Accepts an op from code; it is decided at the next safe point.
 *
 * @param by The source for the ledger, if the op has none.
 * @returns Its `cid`; null if the op has a `cid` that is already taken, which is logged.
 * @throws TypeError when it is not an op.
 */
export function submit(parts: KernelParts, given: SubmittedOp, by: string, channel: Channel = 'live'): string | null {
  const asked = checked(given)
  const cid = asked.cid ?? parts.nextCid()
  if (isTaken(parts, cid)) {
    const { source = by, module, op } = asked
    parts.note(`\`${source}\` submitted ${module} ${op} with cid \`${cid}\`, which is already used: it is ignored`)
    return null
  }
  parts.queues.submit(askOfSubmitted(asked, cid, by, channel))
  return cid
}

/**
 * Accepts an op from a module. A module cannot submit while history is being re-applied. In the replay modes it can
 * submit only on the kernel's behalf, so that failing callbacks are disabled in those modes too.
 */
export function submitFor(
  parts: KernelParts,
  channel: ModuleContext['channel'],
  name: string,
  given: SubmittedOp,
): string | null {
  const { source = name, module, op } = checked(given)
  if (isCatchingUp(parts, channel)) return null
  const { mode } = parts.freeze.state
  if (isReplay(mode) && source !== 'kernel') {
    parts.note(
      `\`${source}\` may not submit while a recipe is being followed (mode ${mode}): ${module} ${op} is ignored`,
    )
    return null
  }
  return submit(parts, given, name, source === 'kernel' ? 'kernel' : 'live')
}

/** Whether changes from an earlier attempt have not been re-applied yet. */
export function isCatchingUp({ queues }: KernelParts, channel: ModuleContext['channel']): boolean {
  return queues.history.size > 0 || channel === 'history'
}

function checked(given: SubmittedOp): SubmittedOp {
  const read = readSubmittedOp(given)
  if (!read.ok) throw new TypeError(read.reason)
  return read.value
}

function isTaken({ answered, queues }: KernelParts, cid: string): boolean {
  return answered.has(cid) || queues.submitted.some((ask) => ask.cid === cid)
}
