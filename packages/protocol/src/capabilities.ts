import { FieldReader } from './fields.ts'
import type { Result } from './result.ts'

/**
 * The document `hotcb.capabilities.json`: what the trainer supports. hotcb 2 reads it only if it has exactly these
 * keys.
 */
export interface Capabilities {
  readonly framework: string
  readonly num_optimizers: number
  readonly optimizer_names: readonly string[]
  /** The number of parameter groups of each optimizer. */
  readonly num_param_groups: readonly number[]
  readonly has_scheduler: boolean
  readonly scheduler_types: readonly string[]
  readonly grad_accumulation_steps: number
  readonly automatic_optimization: boolean
  readonly mutable_state_detected: boolean
  readonly mutable_state_keys: readonly string[]
  readonly grad_clip_value: number | null
  readonly grad_clip_wired: boolean
  readonly metric_names: readonly string[]
}

/**
 * Reads the capabilities; fields that an older adapter left out count as absent.
 *
 * The reader is hand-written and does not use the schema: `hotcb set` reads this document before it sends a command,
 * and loading valibot would double the time that it takes.
 */
export function readCapabilities(value: unknown): Result<Capabilities> {
  const fields = new FieldReader(value, 'the capabilities document')
  return fields.result({
    framework: fields.text('framework', ''),
    num_optimizers: fields.count('num_optimizers', 0),
    optimizer_names: fields.texts('optimizer_names', []),
    num_param_groups: fields.counts('num_param_groups', []),
    has_scheduler: fields.flag('has_scheduler', false),
    scheduler_types: fields.texts('scheduler_types', []),
    grad_accumulation_steps: fields.count('grad_accumulation_steps', 1),
    automatic_optimization: fields.flag('automatic_optimization', true),
    mutable_state_detected: fields.flag('mutable_state_detected', false),
    mutable_state_keys: fields.texts('mutable_state_keys', []),
    grad_clip_value: fields.lenientNumber('grad_clip_value', null),
    grad_clip_wired: fields.flag('grad_clip_wired', false),
    metric_names: fields.texts('metric_names', []),
  })
}
