import { type HostOptions, type RunningAutopilot, runAutopilot } from '@hotcb/autopilot/node'
import { printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { openRun } from '../../run.ts'
import { greeting } from './run.ts'
import { tunerBeliefs } from './tuner-beliefs.ts'

/** Starts the autopilot for the run of a command, in the process of the command; reports it on standard error. */
export function startBeside(
  { dir, env, terminal, json }: CliContext,
  { mode, keyMetric }: Pick<HostOptions, 'mode' | 'keyMetric'>,
): RunningAutopilot {
  openRun(dir)
  const running = runAutopilot(dir, {
    mode,
    keyMetric,
    env,
    beliefs: tunerBeliefs,
    note: (text) => terminal.err(printable(text)),
  })
  if (!json) terminal.err(terminal.dim(greeting(dir, running)))
  return running
}
