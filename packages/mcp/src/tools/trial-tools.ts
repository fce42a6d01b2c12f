import * as v from 'valibot'
import { pairs, REASON, SWEEP, TRIAL, VALUES } from './arguments.ts'
import { ask, createTool, type Tool } from './tool.ts'

const TRIALS = v.pipe(v.array(TRIAL), v.minLength(1), v.maxLength(200), v.description('The indices of the trials.'))

const ENDING = {
  stop_trials: ['stop', 'Stop trials.'],
  prune_trials: ['prune', 'Abandon trials: ask them to stop.'],
  pause_trials: ['pause', 'Ask trials to save a checkpoint and stop.'],
  resume_trials: ['resume', 'Restart paused, cancelled or failed trials.'],
} as const

/** Tools that start, change and stop a sweep's trials. */
export const TRIAL_TOOLS: readonly Tool[] = [
  createTool({
    name: 'set_trials',
    description: 'Change controls of running trials of a sweep.',
    right: 'sweep',
    args: v.object({ sweep: SWEEP, trials: TRIALS, values: VALUES, reason: REASON }),
    async call({ sweep, trials, values, reason }, port) {
      const answers = []
      for (const trial of trials) {
        const words = ['sweep', 'set', port.locate(sweep), String(trial), ...pairs(values), '--note', reason]
        answers.push(await ask(port, words))
      }
      return answers.join('\n')
    },
  }),
  createTool({
    name: 'run_trials',
    description:
      'Run trials of a sweep: new ones, or finished ones again. With `dry_run`, only show the trials that would run.',
    right: 'sweep',
    args: v.object({ sweep: SWEEP, trials: TRIALS, dry_run: v.optional(v.boolean(), false) }),
    call: ({ sweep, trials, dry_run: isDry }, port) =>
      ask(port, ['sweep', 'run', port.locate(sweep), '--indices', trials.join(','), ...(isDry ? ['--dry-run'] : [])]),
  }),
  ...Object.entries(ENDING).map(([name, [verb, description]]) =>
    createTool({
      name,
      description,
      right: 'sweep',
      args: v.object({ sweep: SWEEP, trials: TRIALS, reason: REASON }),
      async call({ sweep, trials, reason }, port) {
        const answers = []
        for (const trial of trials) {
          answers.push(await ask(port, ['sweep', verb, port.locate(sweep), String(trial), '--reason', reason]))
        }
        return answers.join('\n')
      },
    }),
  ),
]
