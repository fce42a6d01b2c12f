import type { GridEngineOptions } from '../config/config.ts'

/** The `qsub` options other than resources. */
export interface GridSubmission {
  readonly jobName: string
  /** The number of tasks. Grid Engine counts them from 1. */
  readonly tasks: number
  /** Tasks that may run at a time; null for no limit. */
  readonly throttle: number | null
  /** The directory in which the tasks start. */
  readonly root: string
}

/**
 * Returns the arguments of `qsub`, without the script. The script contains no options: Grid Engine would also read options from lines that
 * are part of parameter values. Grid Engine must not restart tasks on its own, so that each attempt runs only once.
 */
export function gridArguments(options: GridEngineOptions, submission: GridSubmission): readonly string[] {
  const { queue, time, mem, cpusPerTask, gpusPerTask, parallelEnvironment, project, extraArgs } = options
  const { jobName, tasks, throttle, root } = submission
  const given = (flag: string, value: string | null): readonly string[] => (value === null ? [] : [flag, value])
  return [
    ...['-terse', '-C', '', '-N', jobName, '-t', `1-${tasks}`],
    ...given('-tc', throttle === null ? null : String(throttle)),
    ...['-wd', root, '-S', '/bin/bash', '-o', '/dev/null', '-j', 'y', '-r', 'n', '-V'],
    ...given('-q', queue),
    ...given('-P', project),
    ...(time === null ? [] : ['-l', `h_rt=${time}`]),
    ...(mem === null ? [] : ['-l', `h_vmem=${mem}`]),
    ...(gpusPerTask === 0 ? [] : ['-l', `gpu=${gpusPerTask}`]),
    ...(parallelEnvironment === null ? [] : ['-pe', parallelEnvironment, String(cpusPerTask)]),
    ...extraArgs.flatMap((one) => one.split(/\s+/)),
  ]
}
