import { quoteWord } from '@hotcb/commands'
import { record } from '@hotcb/protocol/schemas'
import * as v from 'valibot'
import { REASON, RUN, SWEEP } from './arguments.ts'
import { RUN_CHANGES } from './control-tools.ts'
import { ask, createTool, type Tool } from './tool.ts'

const ARGUMENTS = v.pipe(record(v.string(), v.any()), v.description('The arguments of the action.'))

/** Tools that ask people instead of changing something. */
export const PROPOSE_TOOLS: readonly Tool[] = [
  createTool({
    name: 'propose_change',
    description: `Ask people to approve a change to a run. The autopilot of the run shows the proposal; it must be running. The actions and their arguments: ${RUN_CHANGES.map(shown).join('; ')}.`,
    right: 'propose',
    args: v.object({
      run: RUN,
      action: v.picklist(RUN_CHANGES.map(({ name }) => name)),
      arguments: v.optional(ARGUMENTS, {}),
      reason: REASON,
    }),
    call({ run, action, arguments: given, reason }, port) {
      const line = lineOf(action, given)
      const words = ['--dir', port.locate(run), 'autopilot', 'propose', line, '--note', reason, '--wait=10']
      return ask(port, words)
    },
  }),
  createTool({
    name: 'propose_trials',
    description:
      'Ask the operators of a sweep to allow something. Its monitor shows the proposal, and carries it out once when it is approved. The arguments are {"index": 3} for most actions, {"indices": [3, 4]} for `run_indices`, {"index": 3, "percent": 50} for `bump_mem` and `bump_time`, {"index": 3, "values": {"lr": 0.001}} for `set_controls`, and none for `stop_all` and `run_sh`.',
    right: 'propose',
    args: v.object({
      sweep: SWEEP,
      action: v.pipe(v.string(), v.regex(/^[a-z]+(_[a-z]+)+$/, 'the name of an action')),
      arguments: v.optional(ARGUMENTS, {}),
      reason: REASON,
    }),
    call: ({ sweep, action, arguments: given, reason }, port) =>
      ask(port, ['sweep', 'propose', action, JSON.stringify(given), port.locate(sweep), '--reason', reason]),
  }),
]

function shown({ name, args }: (typeof RUN_CHANGES)[number]): string {
  const names = Object.keys(args.entries).filter((one) => one !== 'at_step')
  return `\`${name}\`${names.length === 0 ? '' : ` {${names.join(', ')}}`}`
}

/**
 * Returns the command line of an action, with quotes where needed. @throws Error with a one-line message for invalid
 * arguments.
 */
function lineOf(action: string, given: Readonly<Record<string, unknown>>): string {
  const change = RUN_CHANGES.find(({ name }) => name === action)
  if (change === undefined) throw new Error(`unknown action \`${action}\``)
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(change.args.entries, name) || name === 'at_step')
  if (unknown !== undefined) throw new Error(`\`${action}\` has no argument ${JSON.stringify(unknown)} in a proposal`)
  const read = v.safeParse(change.args, given)
  if (!read.success) {
    const { path, message } = read.issues[0]
    throw new Error(`\`arguments.${path?.map(({ key }) => String(key)).join('.') ?? ''}\`: ${message}`)
  }
  return change.words(read.output).map(quoteWord).join(' ')
}
