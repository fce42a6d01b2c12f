import { didYouMean } from '@hotcb/protocol'
import type { TypedConditions } from './conditions.ts'

/** Events that trainers usually report; each may have others. */
const USUAL_EVENTS: readonly string[] = [
  'train_step_end',
  'train_epoch_end',
  'val_step_end',
  'val_epoch_end',
  'epoch_end',
  'val_end',
  'eval_end',
]

/**
 * A note about an event of `--at` that is not known here but nearly has the name of one that is. Any name is valid, so it is
 * no error: without the event the command is applied at the next step.
 *
 * @param seen Events that this run has reported.
 */
export function eventNote({ at }: TypedConditions, seen: Iterable<string>): string | undefined {
  const event = at?.event
  if (event === undefined || event === null) return undefined
  const known = new Set([...seen, ...USUAL_EVENTS])
  if (known.has(event)) return undefined
  const near = didYouMean(event, known, '')
  return near === '' ? undefined : `no event \`${event}\` is known here: ${near}`
}
