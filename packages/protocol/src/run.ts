import { FieldReader } from './fields.ts'
import { type RunOrigin, readOriginFields } from './origin.ts'
import type { Result } from './result.ts'

/** The document `hotcb.run.json`, in which a launcher describes the run that it started. */
export interface RunDocument {
  readonly run_id: string
  readonly config: string
  readonly max_steps: number | null
  /** The time limit in seconds; null if there is none. */
  readonly max_time: number | null
  /** The delay after each step in seconds. */
  readonly step_delay: number | null
  readonly seed: number | null
  readonly key_metric: string | null
  readonly started_at: string | null
  readonly run_dir: string
  readonly completed_at?: string | null
  readonly stopped_early?: boolean | null
  readonly final_metrics?: Readonly<Record<string, number | null>> | null
  readonly weights_sha256?: string | null
  /** How many ranks trained; null for one. */
  readonly ranks?: number | null
  readonly parent?: RunParent | null
  /**
   * The exit code of the training process; 128 plus the signal number if a signal killed it. Null while it is running,
   * and if it was stopped on request.
   */
  readonly exit_code?: number | null
  /** How the run was started. */
  readonly origin?: RunOrigin
}

/** Where a branched run split from its parent: after ledger line `seq`, before step `step`. */
export interface RunParent {
  readonly run: string
  readonly seq: number
  readonly step: number
  /** The checkpoint that was copied. */
  readonly tag?: string
  /** The parent's directory at the time of the branch. */
  readonly dir?: string
}

/**
 * Parses the run document: ours, or either of hotcb 2's two forms (its server writes `config_id` for `config`).
 *
 * The reader is hand-written and does not use the schema: `hotcb set` reads this document before it sends a command,
 * and loading valibot would double the time that it takes.
 */
export function readRunDocument(value: unknown): Result<RunDocument> {
  const fields = new FieldReader(value, 'the run document')
  return fields.result({
    run_id: fields.name('run_id', ''),
    config: fields.text(fields.has('config') ? 'config' : 'config_id', ''),
    max_steps: fields.whole('max_steps', null),
    max_time: fields.lenientNumber('max_time', null),
    step_delay: fields.lenientNumber('step_delay', null),
    seed: fields.whole('seed', null),
    key_metric: fields.text('key_metric', null),
    started_at: fields.text('started_at', null),
    run_dir: fields.text('run_dir', ''),
    completed_at: fields.text('completed_at', null),
    stopped_early: fields.flag('stopped_early', null),
    final_metrics: fields.values('final_metrics', null),
    weights_sha256: fields.text('weights_sha256', null),
    ranks: fields.count('ranks', null),
    parent: fields.nested(
      'parent',
      (parent) => ({
        run: parent.text('run'),
        seq: parent.count('seq'),
        step: parent.whole('step'),
        ...(parent.has('tag') && { tag: parent.text('tag') }),
        ...(parent.has('dir') && { dir: parent.text('dir') }),
      }),
      null,
    ),
    exit_code: fields.whole('exit_code', null),
    ...(fields.has('origin') && { origin: fields.nested('origin', readOriginFields) }),
  })
}
