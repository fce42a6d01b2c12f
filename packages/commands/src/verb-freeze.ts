import { FREEZE_MODES, type FreezeMode, isReplay, REPLAY_POLICIES, readFreeze, show, UNFROZEN } from '@hotcb/protocol'
import type { Args, Values } from './arg.ts'
import { checkArgument } from './check-argument.ts'
import { usageError } from './command-error.ts'
import { readWait, textOf, WAIT_FLAG } from './send-flags.ts'
import type { Verb } from './verb.ts'

const MODES: Readonly<Record<FreezeMode, string>> = {
  off: 'all changes are allowed',
  prod: 'no changes are allowed',
  replay: 'only the recipe makes changes',
  replay_adjusted: 'the recipe with its overlay',
}

const ARGS: Args = {
  word: {
    type: 'positional',
    required: false,
    valueHint: 'MODE',
    options: FREEZE_MODES,
    meanings: MODES,
    description: 'The same as `--mode`.',
  },
  mode: {
    type: 'enum',
    options: FREEZE_MODES,
    meanings: MODES,
    description: '`off`; `prod`: no changes; `replay`, `replay_adjusted`: only changes from a recipe. Default: `prod`.',
  },
  recipe: {
    type: 'string',
    valueHint: 'PATH',
    description: 'The recipe to replay, looked up in the run, then here. Default: `hotcb.recipe.jsonl`.',
    completes: { kind: 'files' },
  },
  adjust: {
    type: 'string',
    valueHint: 'PATH',
    description: 'The overlay for `replay_adjusted`. Default: `hotcb.adjust.json` or `.yaml`.',
    completes: { kind: 'files' },
  },
  policy: {
    type: 'enum',
    options: REPLAY_POLICIES,
    default: 'best_effort',
    description: 'Whether a missed entry is a note or an error. Default: `best_effort`.',
  },
  'step-offset': {
    type: 'string',
    number: 'integer',
    valueHint: 'N',
    default: '0',
    description: 'The number to add to the step of every entry. Default: 0.',
  },
  wait: WAIT_FLAG,
}

/** `freeze --mode prod`. Freezing writes a document instead of sending an op, so it works without a trainer. */
export const FREEZE: Verb = {
  args: ARGS,
  about: [
    'Writes `hotcb.freeze.json`. A running trainer obeys it from its next safe point, and a trainer that starts later from its first step. In `prod`, only freeze, unfreeze, pause, resume, stop, cancel and checkpoint save are allowed.',
    'In the replay modes, these and the recipe are allowed. The recipe and the overlay are read first. If they have problems, the command reports each with its file, line and field, and writes nothing.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 freeze --mode prod', does: 'block all changes to the run' },
    {
      type: 'hotcb --dir runs/exp-001 freeze --mode replay --recipe hotcb.recipe.jsonl --policy best_effort',
      does: 'the next trainer repeats the same changes',
    },
    {
      type: 'hotcb --dir runs/exp-001 freeze --mode replay_adjusted --recipe hotcb.recipe.jsonl --adjust hotcb.adjust.yaml --policy strict --step-offset 100',
      does: 'with an overlay, 100 steps later; entries that cannot be applied are errors',
    },
    { type: 'hotcb --dir runs/exp-001 freeze --mode off', does: 'the same as `unfreeze`' },
  ],
  ask(values) {
    const mode = modeOf(values)
    const [recipe, adjust] = [textOf(values['recipe']), textOf(values['adjust'])]
    checkPaths(mode, recipe, adjust)
    const freeze = readFreeze({
      mode,
      recipe_path: recipe ?? null,
      adjust_path: adjust ?? null,
      policy: values['policy'],
      step_offset: Number(values['step-offset']),
    })
    if (!freeze.ok) throw usageError(freeze.reason)
    return { kind: 'freeze', freeze: freeze.value, ...waitOf(values) }
  },
}

/** `unfreeze`: the same as `freeze --mode off`. */
export const UNFREEZE: Verb = {
  args: { wait: WAIT_FLAG },
  about: ['Writes `off` to `hotcb.freeze.json`, whatever the mode was.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 unfreeze', does: 'allow changes again' }],
  ask: (values) => ({ kind: 'freeze', freeze: UNFROZEN, ...waitOf(values) }),
}

function modeOf(values: Values): FreezeMode {
  const [word, flag] = [textOf(values['word']), textOf(values['mode'])]
  if (word !== undefined && flag !== undefined && word !== flag) {
    throw usageError(`the mode is given twice: ${show(word)} and ${show(flag)}`)
  }
  if (word !== undefined) checkArgument('MODE', { type: 'enum', options: FREEZE_MODES }, word)
  return FREEZE_MODES.find((one) => one === (word ?? flag)) ?? 'prod'
}

function checkPaths(mode: FreezeMode, recipe: string | undefined, adjust: string | undefined): void {
  if (!isReplay(mode) && (recipe ?? adjust) !== undefined) {
    const flag = recipe === undefined ? 'adjust' : 'recipe'
    throw usageError(`\`--${flag}\` is for \`--mode replay\` and \`replay_adjusted\`, got mode \`${mode}\``)
  }
  if (mode === 'replay' && adjust !== undefined) {
    throw usageError('mode `replay` applies no overlay: `--adjust` is for `--mode replay_adjusted`')
  }
}

function waitOf(values: Values): { readonly waitS?: number } {
  const waitS = readWait(values)
  return waitS === undefined ? {} : { waitS }
}
