import { type ModuleTable, nearest } from '@hotcb/protocol'
import { refusal } from './command-error.ts'
import type { CommandDraft } from './draft.ts'
import { handlesOf, moduleByKey, modulesWithHandles, type RunFacts } from './run-facts.ts'
import { readSendFlags, SEND_FLAGS, textOf } from './send-flags.ts'
import type { Verb } from './verb.ts'

/** `enable X`: a control by its key, else a callback by its id. */
export function verbSwitch(op: 'enable' | 'disable', table: ModuleTable): Verb {
  return {
    args: {
      name: {
        type: 'positional',
        required: true,
        valueHint: 'NAME',
        description: `What to ${op}: a control by its key, else a callback by its id.`,
        completes: { kind: 'switches' },
      },
      ...SEND_FLAGS,
    },
    about: ['A control that is disabled keeps its value; changing it is refused until it is enabled.'],
    examples: [
      { type: `hotcb ${op} lr`, does: 'a control of the optimizer' },
      { type: `hotcb --dir runs/exp-001 ${op} terms.aux_depth`, does: 'a term of the loss' },
      { type: `hotcb --dir runs/exp-001 ${op} timing`, does: 'a callback' },
    ],
    ask(values, facts) {
      const draft = draftOf(op, textOf(values['name']) ?? '', facts, table)
      return { kind: 'commands', drafts: [draft], ...readSendFlags(values) }
    },
  }
}

function draftOf(op: 'enable' | 'disable', name: string, facts: RunFacts, table: ModuleTable): CommandDraft {
  const controls = moduleByKey(facts.controls)
  const module = controls.get(name)
  if (module !== undefined) return { module, op, id: 'main', params: { key: name } }
  const owners = modulesWithHandles(table).filter((one) => canHave(one, facts))
  const [owner = owners[0]] = owners.filter((one) => handlesOf(one, facts)?.has(name) === true)
  if (owner !== undefined) return { module: owner, op, id: name }
  const near = nearest(name, controls.keys())
  const hint = near.length > 0 ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?` : known(controls)
  throw refusal(`\`${name}\` is no control of this run, and its trainer has no callbacks: ${hint}`)
}

// A trainer with callbacks says so in its state document; of one to come, or of another kernel, nobody knows.
function canHave(module: string, { modules }: RunFacts): boolean {
  return modules === undefined || Object.hasOwn(modules, module)
}

function known(controls: ReadonlyMap<string, string>): string {
  if (controls.size === 0) return 'no trainer has described its controls yet'
  const keys = [...controls.keys()]
  return `known are ${keys.slice(0, 12).join(', ')}${keys.length > 12 ? ', …' : ''}`
}
