import { FREEZE_MODES, REPLAY_POLICIES, readFreeze } from '@hotcb/protocol'
import { type CliCommand, cliCommand } from '../command.ts'
import { usageError } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { printNotes } from '../recipe/notes.ts'
import { openRun } from '../run.ts'
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
    recipe: {
      type: 'string',
      valueHint: 'PATH',
      description: 'The recipe to replay, looked for in the run, then here. Default: `hotcb.recipe.jsonl`.',
    },
    adjust: {
      type: 'string',
      valueHint: 'PATH',
      description: 'The overlay of `replay_adjusted`. Default: `hotcb.adjust.json` or `.yaml`.',
    },
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
    'In the replay modes these and the recipe. Recipe and overlay are read first: what is wrong with them is named by file, line and field, and nothing is written.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 freeze --mode prod', does: 'nothing changes the run any more' },
    {
      type: 'hotcb --dir runs/exp-001 freeze --mode replay --recipe hotcb.recipe.jsonl --policy best_effort',
      does: 'the next trainer makes the same changes again',
    },
    {
      type: 'hotcb --dir runs/exp-001 freeze --mode replay_adjusted --recipe hotcb.recipe.jsonl --adjust hotcb.adjust.yaml --policy strict --step-offset 100',
      does: 'with an overlay, 100 steps later; what cannot be done is an error',
    },
    { type: 'hotcb --dir runs/exp-001 freeze --mode off', does: 'the same as `unfreeze`' },
  ],
  async run(args, context) {
    const { mode, recipe, adjust } = args
    const isReplaying = mode === 'replay' || mode === 'replay_adjusted'
    if (!isReplaying && (recipe ?? adjust) !== undefined) {
      throw usageError(
        `\`--${recipe === undefined ? 'adjust' : 'recipe'}\` is for \`--mode replay\` and \`replay_adjusted\`, got mode \`${mode}\``,
      )
    }
    if (mode === 'replay' && adjust !== undefined) {
      throw usageError('mode `replay` applies no overlay: `--adjust` is for `--mode replay_adjusted`')
    }
    const state = readFreeze({
      mode,
      recipe_path: recipe ?? null,
      adjust_path: adjust ?? null,
      policy: args.policy,
      step_offset: Number(args['step-offset']),
    })
    if (!state.ok) throw usageError(state.reason)
    if (!isReplaying) return writeFreeze(context, state.value, args.wait)
    const run = openRun(context.dir)
    // What reads recipes is loaded for a replay alone.
    const { checkReplay } = await import('../recipe/check-replay.ts')
    const checked = checkReplay(run, state.value)
    const exitCode = await writeFreeze(context, checked.state, args.wait)
    printNotes(checked.notes, context)
    return exitCode
  },
})
