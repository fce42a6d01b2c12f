import { type JsonObject, type ModuleTable, routeParams } from '@hotcb/protocol'
import type { Args } from './arg.ts'
import { usageError } from './command-error.ts'
import type { CommandDraft } from './draft.ts'
import { requireFit } from './fit.ts'
import { refuseUnknownRamps } from './known-keys.ts'
import { readControlPairs } from './relative-pairs.ts'
import { handlesOf, moduleByKey, type TypingFacts } from './run-facts.ts'
import { ID_FLAG, readSendFlags, SEND_FLAGS, textOf } from './send-flags.ts'
import type { Verb } from './verb.ts'

const ARGS: Args = {
  assignment: {
    type: 'positional',
    variadic: true,
    valueHint: 'KEY=VALUE',
    description: 'A control and its new value: a number, `true`, `false`, text, or JSON.',
    completes: { kind: 'assignments' },
  },
  id: ID_FLAG,
  ...SEND_FLAGS,
}

/** Creates the `set` command (`set lr=0.01`), which sends each key to its module. */
export function verbSet(table: ModuleTable): Verb {
  return {
    args: ARGS,
    about: [
      'Keys of the optimizer (`lr`, `weight_decay`, `betas`, `momentum`, `clip_norm`, `scheduler_scale`, `scheduler_drop`, narrowed by `group` or `groups`) go to `opt`; `*_w` and `terms.*` to `loss`; `ramps.KEY` to the module of KEY; every other key to the module of the control with that name, or to the function registered under it.',
      'Several keys of one module form one command, which is applied completely or not at all. Keys of several modules form one command per module; all of them are checked against the controls of the run before any is sent.',
      'A number may be relative: `x0.5` multiplies the value of the control at the time of the change, `+0.1` adds to it (`+-0.1` subtracts).',
    ],
    examples: [
      { type: 'hotcb set lr=5e-5', does: 'a new learning rate at the next safe point' },
      { type: 'hotcb set lr=x0.5', does: 'half of the value that it has then; `lr=+0.1` adds to it' },
      { type: 'hotcb --dir runs/exp-001 set distill_w=0.25', does: 'a loss weight in another run' },
      { type: 'hotcb set lr=1e-4 group=1', does: 'for one parameter group' },
      { type: 'hotcb set lr=0.01 --at step=500 --expect lr=0.1', does: 'at step 500, if it was not changed before' },
      { type: "hotcb set 'betas=[0.9, 0.999]' --wait=30", does: 'a pair; wait up to half a minute' },
    ],
    ask(values, facts) {
      const id = textOf(values['id']) ?? 'main'
      const params = readControlPairs(values._, facts.controls)
      refuseUnknownRamps(params, facts.controls)
      const drafts = route(params, id, facts, table)
      requireFit(drafts, facts.controls, table)
      return { kind: 'commands', drafts, ...readSendFlags(values) }
    },
  }
}

function route(params: JsonObject, id: string, facts: TypingFacts, table: ModuleTable): readonly CommandDraft[] {
  const modules = moduleByKey(facts.controls)
  const routed = routeParams(params, modules)
  if (routed.ok) return [...routed.value].map(([module, group]) => ({ module, op: 'set_params', id, params: group }))
  // A key without a control may be a function that the trainer registered. It is called with the value.
  const calls: CommandDraft[] = []
  const rest: [string, JsonObject[string]][] = []
  for (const [key, value] of Object.entries(params)) {
    const call = routeParams({ [key]: 0 }, modules).ok ? undefined : functionOf(key, facts, table)
    if (call === undefined) rest.push([key, value])
    else calls.push({ ...call, id: key, params: { args: [value], kwargs: {} } })
  }
  if (calls.length === 0) {
    const keys = Object.keys(params).filter((key) => !routeParams({ [key]: 0 }, modules).ok)
    throw usageError(routed.reason, undefined, { kind: 'unknown', facts: { keys, known: [...modules.keys()] } })
  }
  return [...(rest.length === 0 ? [] : route(Object.fromEntries(rest), id, facts, table)), ...calls]
}

/** Returns the op that calls a registered function. */
function functionOf(
  key: string,
  facts: TypingFacts,
  { modules }: ModuleTable,
): Pick<CommandDraft, 'module' | 'op'> | undefined {
  for (const { name, ops } of modules) {
    const call = ops.find(({ args = [] }) => args[0]?.completes === 'registered')
    if (call !== undefined && handlesOf(name, facts)?.has(key) === true) return { module: name, op: call.op }
  }
  return undefined
}
