import { type JsonObject, routeParams } from '@hotcb/protocol'
import { registeredOf } from '@hotcb/run'
import { type CliCommand, cliCommand } from '../command.ts'
import { moduleByKey, readControls, requireFit } from '../controls.ts'
import { usageError } from '../errors.ts'
import { ID_FLAG, SEND_FLAGS } from '../flags.ts'
import { readPairs } from '../pairs.ts'
import { openRun, type Run } from '../run.ts'
import { type Asked, sendCommands } from '../send.ts'

/** `hotcb set lr=0.01`: each key goes to the module that it belongs to. */
export const setCommand: CliCommand = cliCommand({
  args: {
    assignment: {
      type: 'positional',
      variadic: true,
      valueHint: 'KEY=VALUE',
      description: 'A control and its new value: a number, `true`, `false`, text, or JSON.',
    },
    id: ID_FLAG,
    ...SEND_FLAGS,
  },
  about: [
    'Keys of the optimizer (`lr`, `weight_decay`, `betas`, `momentum`, `clip_norm`, `scheduler_scale`, `scheduler_drop`, narrowed by `group` or `groups`) go to `opt`; `*_w`, `terms.*` and `ramps.*` to `loss`; every other key to the module of the control that the trainer describes by that name, or to the function that it registered under it.',
    'Several keys of one module are one command: all of it is applied or nothing.',
  ],
  examples: [
    { type: 'hotcb set lr=5e-5', does: 'a new learning rate at the next safe point' },
    { type: 'hotcb --dir runs/exp-001 set distill_w=0.25', does: 'a loss weight of another run' },
    { type: 'hotcb set lr=1e-4 group=1', does: 'of one parameter group' },
    { type: 'hotcb set lr=0.01 --at step=500 --expect lr=0.1', does: 'at step 500, if nobody changed it before' },
    { type: "hotcb set 'betas=[0.9, 0.999]' --wait=30", does: 'a pair; wait up to half a minute' },
  ],
  completes: 'assignments',
  run(args, context) {
    const params = readPairs(args._)
    const run = openRun(context.dir)
    return sendCommands(context, route(params, args.id, run), args, run)
  },
})

function route(params: JsonObject, id: string, run: Run): readonly Asked[] {
  const controls = readControls(run)
  const modules = moduleByKey(controls)
  const routed = routeParams(params, modules)
  if (routed.ok) {
    for (const [module, group] of routed.value) requireFit(module, group, controls)
    return [...routed.value].map(([module, group]) => ({ module, op: 'set_params', id, params: group }))
  }
  // A key that no control has may be a function that the trainer registered: it is called with the value.
  const paths = new Set(registeredOf(run.document('state').value?.modules)?.map(({ path }) => path))
  const calls = Object.entries(params).filter(([key]) => paths.has(key) && !routeParams({ [key]: 0 }, modules).ok)
  if (calls.length === 0) throw usageError(routed.reason)
  const rest = Object.entries(params).filter(([key]) => !calls.some(([path]) => path === key))
  return [
    ...(rest.length === 0 ? [] : route(Object.fromEntries(rest), id, run)),
    ...calls.map(([path, value]) => ({ module: 'ctl', op: 'call', id: path, params: { args: [value], kwargs: {} } })),
  ]
}
