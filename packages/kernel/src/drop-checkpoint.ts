import { show } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import { saveMidway } from './checkpoint.ts'
import type { Drive } from './decide.ts'
import type { KernelParts } from './parts.ts'
import type { Verdict } from './recorder.ts'
import { describeError } from './router.ts'

/**
 * Deletes a checkpoint. A checkpoint that a person saved needs `yes: true`. A pending request to save under that tag is
 * executed first.
 */
export function dropCheckpoint(parts: KernelParts, ask: Ask, tag: string | null, drive: Drive): Promise<void> | null {
  const drop = (): void => void parts.recorder.record(ask, verdictOf(parts, ask, tag))
  const saved = parts.queues.saves.some((save) => save.tag === tag) ? saveMidway(parts, drive) : null
  if (saved !== null) return saved.then(drop)
  drop()
  return null
}

function verdictOf(parts: KernelParts, ask: Ask, tag: string | null): Verdict {
  const handler = parts.options.checkpoints?.drop
  const { yes = false } = ask.op.params ?? {}
  if (handler === undefined) return failed('this trainer keeps no checkpoints')
  if (tag === null) return failed('`tag` is missing: name the checkpoint to drop')
  if (typeof yes !== 'boolean') return failed(`\`yes\` must be true or false, got ${show(yes)}`)
  try {
    const { step, by } = handler({ tag, isConfirmed: yes, attempt: parts.recorder.attempt })
    // A deleted checkpoint no longer needs its number of calls updated.
    parts.queues.forgetSavedTag(tag)
    const maker = by === null ? null : { ...by }
    return { decision: 'applied', payload: { action: 'drop', tag, step, by: maker } }
  } catch (error) {
    return failed(describeError(error).message)
  }
}

function failed(error: string): Verdict {
  return { decision: 'failed', error }
}
