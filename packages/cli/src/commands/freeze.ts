import { FREEZE_MODES, REPLAY_POLICIES, readFreeze } from '@hotcb/protocol'
import { type CliCommand, cliCommand } from '../command.ts'
import { refusal, usageError } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { writeFreeze } from '../write-freeze.ts'

/** `hotcb freeze --mode prod`. */
export const freezeCommand: CliCommand = cliCommand({
  args: {
    mode: {
      type: 'enum',
      options: [...FREEZE_MODES],
      default: 'prod',
      description:
        '`off`, `prod`: nothing may change; `replay`, `replay_adjusted`: only a recipe may. Default: `prod`.',
    },
    recipe: { type: 'string', valueHint: 'PATH', description: 'The recipe to replay.' },
    adjust: { type: 'string', valueHint: 'PATH', description: 'The overlay of `replay_adjusted`.' },
    policy: {
      type: 'enum',
      options: [...REPLAY_POLICIES],
      default: 'best_effort',
      description: 'Whether a missed entry is a note or an error. Default: `best_effort`.',
    },
    'step-offset': {
      type: 'string',
      number: 'integer',
      valueHint: 'N',
      default: '0',
      description: 'Added to the step of every entry. Default: 0.',
    },
    wait: SEND_FLAGS.wait,
  },
  about: [
    'Writes `hotcb.freeze.json`: a running trainer obeys at its next safe point, one that starts later obeys from its first step. In `prod` only freeze, unfreeze, pause, resume, stop, cancel and checkpoint save pass.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 freeze --mode prod', does: 'nothing changes the run any more' },
    { type: 'hotcb --dir runs/exp-001 freeze --mode off', does: 'the same as `unfreeze`' },
  ],
  run(args, context) {
    if (args.mode === 'replay' || args.mode === 'replay_adjusted') {
      throw refusal(`\`freeze --mode ${args.mode}\` is not there yet`)
    }
    const state = readFreeze({
      mode: args.mode,
      recipe_path: args.recipe ?? null,
      adjust_path: args.adjust ?? null,
      policy: args.policy,
      step_offset: Number(args['step-offset']),
    })
    if (!state.ok) throw usageError(state.reason)
    return writeFreeze(context, state.value, args.wait)
  },
})
