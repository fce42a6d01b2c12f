import { type ControlDescription, GROUP_KEYS, nearest, OPTIMIZER_KEYS } from '@hotcb/protocol'
import { type CliCommand, cliCommand, type Example } from '../command.ts'
import { moduleByKey, readControls, requireFit } from '../controls.ts'
import { usageError } from '../errors.ts'
import { ID_FLAG, SEND_FLAGS } from '../flags.ts'
import { readPairs } from '../pairs.ts'
import { openRun } from '../run.ts'
import { sendCommands } from '../send.ts'

/** `hotcb opt set_params lr=0.01` and its sister for the loss. */
export function setParamsCommand(module: 'opt' | 'loss'): CliCommand {
  return cliCommand({
    args: {
      assignment: {
        type: 'positional',
        variadic: true,
        valueHint: 'KEY=VALUE',
        description: 'A parameter and its new value: a number, `true`, `false`, text, or JSON.',
      },
      id: ID_FLAG,
      ...SEND_FLAGS,
    },
    about: ABOUT[module],
    examples: EXAMPLES[module],
    completes: 'assignments',
    run(args, context) {
      const params = readPairs(args._)
      const run = openRun(context.dir)
      const controls = readControls(run)
      if (module === 'opt') requireKnown(Object.keys(params), controls)
      else requireOwn(Object.keys(params), controls)
      requireFit(module, params, controls)
      return sendCommands(context, [{ module, op: 'set_params', id: args.id, params }], args, run)
    },
  })
}

function requireKnown(keys: readonly string[], controls: readonly ControlDescription[]): void {
  const modules = moduleByKey(controls)
  const known = new Set([...OPTIMIZER_KEYS, ...GROUP_KEYS])
  for (const [key, module] of modules) if (module === 'opt') known.add(key)
  for (const key of keys) {
    if (known.has(key)) continue
    const near = nearest(key, known)
    const right = near.length > 0 ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?` : 'known are '
    throw usageError(`unknown key \`${key}\`: ${right}${near.length > 0 ? '' : [...known].join(', ')}`)
  }
}

// The trainer would set it, and the ledger would call it a change of the loss.
function requireOwn(keys: readonly string[], controls: readonly ControlDescription[]): void {
  const modules = moduleByKey(controls)
  for (const key of keys) {
    const owner = modules.get(key)
    if (owner === undefined || owner === 'loss') continue
    throw usageError(`\`${key}\` is a control of \`${owner}\`, not of the loss: \`hotcb set ${key}=VALUE\` changes it`)
  }
}

const ABOUT: Readonly<Record<'opt' | 'loss', readonly string[]>> = {
  opt: [
    'Keys: `lr`, `weight_decay`, `betas`, `momentum`, `clip_norm` (0 is off), `scheduler_scale`, `scheduler_drop`, narrowed by `group` or `groups`.',
  ],
  loss: [
    'Keys: a weight by its name, or its name and `_w`; `terms.NAME` is a switch; `ramps.NAME` a ramp `{type, warmup_frac | steps, start?, end}`.',
  ],
}

const EXAMPLES: Readonly<Record<'opt' | 'loss', readonly Example[]>> = {
  opt: [
    { type: 'hotcb --dir runs/exp-001 opt set_params lr=3e-5 weight_decay=0.01', does: 'both or nothing' },
    { type: 'hotcb --dir runs/exp-001 opt set_params clip_norm=1.0', does: 'clip gradients' },
    { type: 'hotcb --dir runs/exp-001 opt set_params scheduler_scale=0.5', does: 'half of what the schedule says' },
    { type: 'hotcb --dir runs/exp-001 opt set_params scheduler_drop=0.1', does: 'a tenth of it from here on' },
  ],
  loss: [
    { type: 'hotcb --dir runs/exp-001 loss set_params distill_w=0.2 depth_w=1.5', does: 'two weights' },
    { type: 'hotcb --dir runs/exp-001 loss set_params terms.aux_depth=false', does: 'leave a term out' },
    {
      type: `hotcb loss set_params ramps.depth='{"type":"linear","warmup_frac":0.2,"end":2.0}'`,
      does: 'move a weight over the first fifth of the run',
    },
  ],
}
