import type { ChunkAttempt } from '../executor/executor.ts'
import { bashWord, taskScript } from '../executor/task-script.ts'

/** The parts of a submission's script. */
export interface GridScriptParts {
  /** The arguments for `qsub`, which are shown in a comment. */
  readonly args: readonly string[]
  readonly attempts: readonly ChunkAttempt[]
  /** Absolute. */
  readonly logs: string
  readonly wrapper: string
}

/**
 * Returns a submission's script. The script redirects the trial's logs itself, because a missing log directory would put the job into the
 * Eqw state.
 */
export function gridScript({ args, attempts, logs, wrapper }: GridScriptParts): string {
  const log = (ending: string): string => `${bashWord(`${logs}/`)}"$HYPERHERD_TRIAL_ID".${ending}`
  return taskScript({
    header: [`# qsub ${args.map((word) => bashWord(word)).join(' ')}`, 'task=$((SGE_TASK_ID - 1))'],
    task: '$task',
    attempts,
    before: [
      `exec >> ${log('out')} 2>> ${log('err')}`,
      '# With `-notify`, Grid Engine sends USR2 shortly before it kills the task.',
      "trap 'kill -TERM $$' USR2",
    ],
    wrapper,
  })
}
