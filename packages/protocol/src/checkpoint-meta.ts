import { FieldReader } from './fields.ts'
import type { JsonObject } from './json.ts'
import { type Maker, readMaker } from './maker.ts'
import type { Result } from './result.ts'

/**
 * A checkpoint's `meta.json`. A field is absent if the kernel that wrote the document did not support it.
 */
export interface CheckpointMeta {
  /** The next step to train. */
  readonly step: number
  /** The last ledger line before it; 0 if there is none. */
  readonly seq: number
  /** The number of calls of `apply` in the step before it. */
  readonly calls?: number
  readonly by?: Maker
  /** The private state of the modules, by name. */
  readonly modules?: JsonObject
  /** The kernel's own state. */
  readonly kernel?: JsonObject
}

/**
 * Parses a checkpoint's `meta.json`.
 *
 * The reader is hand-written and does not use the schema: the kernel reads this document, and a trainer should not have
 * to load valibot.
 */
export function readCheckpointMeta(value: unknown): Result<CheckpointMeta> {
  const fields = new FieldReader(value, '`meta.json`')
  return fields.result(
    knownMeta({
      step: fields.count('step'),
      seq: fields.count('seq', 0),
      calls: fields.count('calls', null),
      by: readMaker(fields.json('by')),
      modules: fields.object('modules', null),
      kernel: fields.object('kernel', null),
    }),
  )
}

/** All fields of the document, null if unknown. */
export interface MetaFields {
  readonly step: number
  readonly seq: number
  readonly calls: number | null
  readonly by: Maker | null
  readonly modules: JsonObject | null
  readonly kernel: JsonObject | null
}

/** Returns the document without the fields that are null. */
export function knownMeta({ step, seq, calls, by, modules, kernel }: MetaFields): CheckpointMeta {
  return {
    step,
    seq,
    ...(calls !== null && { calls }),
    ...(by !== null && { by }),
    ...(modules !== null && { modules }),
    ...(kernel !== null && { kernel }),
  }
}
