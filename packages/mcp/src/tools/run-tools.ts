import * as v from 'valibot'
import { RUN } from './arguments.ts'
import { ask, check, createTool, type Tool } from './tool.ts'

const STEP = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))

/** Tools that read runs. */
export const RUN_TOOLS: readonly Tool[] = [
  createTool({
    name: 'list_runs',
    description: 'List the runs in the directories of this server, with the state, step and key metric of each.',
    args: v.object({}),
    async call(_, port) {
      const parts = await Promise.all(port.roots.map((root) => ask(port, ['--dir', root, 'runs'])))
      return parts.join('\n')
    },
  }),
  createTool({
    name: 'explain_run',
    description:
      'Explain in one page what happened in a run: state, metric curves, changes with their effects, problems. Start here.',
    args: v.object({ run: RUN }),
    async call({ run }, port) {
      const { exitCode, output, errors } = await port.run(['--dir', port.locate(run), 'explain'])
      if (exitCode !== 0) throw new Error(errors.trim())
      return output
    },
  }),
  createTool({
    name: 'run_status',
    description: 'The state of a run as JSON: trainer, freeze, queued commands, controls, latest metrics, warnings.',
    args: v.object({ run: RUN }),
    call: ({ run }, port) => ask(port, ['--dir', port.locate(run), 'status']),
  }),
  createTool({
    name: 'run_ledger',
    description:
      'The ledger of a run, one JSON object for each entry: what was changed, by whom and when, and the outcome.',
    args: v.object({
      run: RUN,
      limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 50),
      from_step: STEP,
      to_step: STEP,
    }),
    call({ run, limit, from_step: from, to_step: to }, port) {
      const words = ['--dir', port.locate(run), 'log', '--last', String(limit)]
      if (from !== undefined) words.push('--from-step', String(from))
      if (to !== undefined) words.push('--to-step', String(to))
      return ask(port, words)
    },
  }),
  createTool({
    name: 'validate_recipe',
    description:
      'Check a recipe, or a recipe of the tuner: malformed lines, invalid entries, and entries that do not match the controls of the run.',
    args: v.object({
      run: RUN,
      recipe: v.pipe(v.string(), v.description('The path of the recipe file, absolute or relative to a root.')),
    }),
    call: ({ run, recipe }, port) =>
      check(port, ['--dir', port.locate(run), 'recipe', 'validate', port.locate(recipe)]),
  }),
  createTool({
    name: 'run_metrics',
    description:
      'The curves of metrics, in buckets. Each bucket has its first and last step, the number of points, and their mean, minimum and maximum, computed from all points.',
    args: v.object({
      run: RUN,
      names: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(20)),
      from_step: STEP,
      to_step: STEP,
      points: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 50),
    }),
    async call({ run, names, from_step, to_step, points }, port) {
      const request = { names, fromStep: from_step, toStep: to_step, points }
      return JSON.stringify(await port.readMetrics(port.locate(run), request))
    },
  }),
]
