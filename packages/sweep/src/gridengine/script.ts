import type { ChunkAttempt } from '../executor/executor.ts'
import { bashWord, taskScript } from '../executor/task-script.ts'

/** The parts of the script of a submission. */
export interface GridScriptParts {
  /** The arguments of `qsub`, which are shown in a comment. */
  readonly args: readonly string[]
  readonly attempts: readonly ChunkAttempt[]
  /** Absolute. */
  readonly logs: string
  readonly wrapper: string
}

/** The script of a submission. It writes the logs of the trial itself: a missing directory would put the job into state Eqw. */
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
