import * as v from 'valibot'
import { SWEEP, TRIAL } from './arguments.ts'
import { ask, check, createTool, type Tool } from './tool.ts'

/** Tools that read sweeps. */
export const SWEEP_TOOLS: readonly Tool[] = [
  createTool({
    name: 'sweep_status',
    description: 'The state of each trial of a sweep, with the reason, its latest step and its last line of output.',
    args: v.object({
      sweep: SWEEP,
      state: v.optional(
        v.pipe(v.string(), v.regex(/^[a-z,]+$/), v.description('Such as `failed` or `running,queued`.')),
      ),
      limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 100),
    }),
    call({ sweep, state, limit }, port) {
      const words = ['sweep', 'status', port.locate(sweep), '--limit', String(limit)]
      if (state !== undefined) words.push('--state', state)
      return ask(port, words)
    },
  }),
  createTool({
    name: 'sweep_results',
    description: 'Parameters and logged results of each trial of a sweep.',
    args: v.object({ sweep: SWEEP }),
    call: ({ sweep }, port) => ask(port, ['sweep', 'res', port.locate(sweep)]),
  }),
  createTool({
    name: 'trial_log',
    description: "The last lines of a trial's output.",
    args: v.object({
      sweep: SWEEP,
      trial: TRIAL,
      lines: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 40),
    }),
    call: ({ sweep, trial, lines }, port) =>
      ask(port, ['sweep', 'tail', port.locate(sweep), String(trial), '--lines', String(lines)]),
  }),
  createTool({
    name: 'validate_config',
    description:
      'Check the config of a sweep before it runs: every mistake with its place, the number of trials, the launcher, the executor. Starts nothing.',
    args: v.object({ sweep: SWEEP }),
    call: ({ sweep }, port) => check(port, ['sweep', 'doctor', port.locate(sweep)]),
  }),
  createTool({
    name: 'why_trial',
    description: 'Why the planner of the sweep pruned or continued a trial.',
    args: v.object({ sweep: SWEEP, trial: TRIAL }),
    call: ({ sweep, trial }, port) => ask(port, ['sweep', 'why', port.locate(sweep), String(trial)]),
  }),
]
