import { didYouMean } from '@hotcb/protocol'
import type { TypedConditions } from './conditions.ts'

/** Events that trainers usually report. A trainer may report others. */
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
 * Returns a note about an event in `--at` that is unknown but similar to a known one. It is not an error, because any
 * name is valid: without that event the command is applied at the next step.
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
