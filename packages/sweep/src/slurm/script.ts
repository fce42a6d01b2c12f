import type { SlurmOptions } from '../config/config.ts'
import type { Chunk } from '../executor/executor.ts'
import { taskScript } from '../executor/task-script.ts'
import { arraySpec } from './array-spec.ts'

/** The parts of a batch script. */
export interface ScriptParts {
  readonly name: string
  readonly options: SlurmOptions
  readonly chunk: Pick<Chunk, 'attempts' | 'throttle' | 'after'>
  /** Absolute. */
  readonly logs: string
  /** The bash program that runs one attempt from its environment. */
  readonly wrapper: string
}

/** Returns a submission's batch script. */
export function batchScript({ name, options, chunk, logs, wrapper }: ScriptParts): string {
  const { attempts } = chunk
  return taskScript({ header: directives(name, options, chunk, logs), task: '$SLURM_ARRAY_TASK_ID', attempts, wrapper })
}

function directives(
  name: string,
  options: SlurmOptions,
  { attempts, throttle, after = [] }: ScriptParts['chunk'],
  logs: string,
): readonly string[] {
  const { partition, time, mem, cpusPerTask, gres, account, qos, constraint, exclude, extraArgs } = options
  const limit = throttle === null ? '' : `%${throttle}`
  const isMapped = attempts.some(({ i, task }) => i !== task)
  const log = (ending: string): string =>
    isMapped ? `${percent(logs)}/slurm/%A_%a.${ending}` : `${percent(logs)}/%a.${ending}`
  const optional = { gres, account, qos, constraint, exclude }
  return [
    `--job-name=hyperherd_${name}`,
    `--array=${arraySpec(attempts.map(({ task }) => task))}${limit}`,
    `--partition=${directiveText(partition)}`,
    `--time=${time}`,
    `--mem=${mem}`,
    `--cpus-per-task=${cpusPerTask}`,
    ...Object.entries(optional).flatMap(([key, value]) => (value === null ? [] : [`--${key}=${directiveText(value)}`])),
    `--output=${directiveText(log('out'))}`,
    `--error=${directiveText(log('err'))}`,
    '--open-mode=append',
    // `afterany` accepts any kind of end: the marks show whether it was a success. A job that SLURM has forgotten counts as ended.
    ...(after.length === 0 ? [] : [`--dependency=afterany:${after.join(':')}`]),
    ...(options.requeue === null ? [] : [options.requeue ? '--requeue' : '--no-requeue']),
    ...(options.signalBefore === null ? [] : [`--signal=B:USR1@${options.signalBefore}`]),
    ...extraArgs,
  ].map((one) => `#SBATCH ${one}`)
}

/** Escapes a path so that SLURM replaces nothing in it. */
function percent(path: string): string {
  return path.replaceAll('%', '%%')
}

/** Quotes a directive, because sbatch splits it at spaces outside quotes. */
export function directiveText(text: string): string {
  return /^[A-Za-z0-9._/:,=@%+*()[\]&|!-]*$/.test(text) ? text : `"${text.replaceAll(/(["\\])/g, '\\$1')}"`
}
