import { type HostOptions, type RunningAutopilot, runAutopilot } from '@hotcb/autopilot/node'
import { printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { openRun } from '../../run.ts'
import { greeting } from './run.ts'
import { tunerBeliefs } from './tuner-beliefs.ts'

/** Starts the autopilot for a command's run inside the command's own process, and reports the start on standard error. */
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
