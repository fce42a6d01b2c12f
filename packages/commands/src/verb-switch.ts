import { didYouMean, type ModuleTable } from '@hotcb/protocol'
import { refusal } from './command-error.ts'
import type { CommandDraft } from './draft.ts'
import { handlesOf, moduleByKey, modulesWithHandles, type TypingFacts } from './run-facts.ts'
import { readSendFlags, SEND_FLAGS, textOf } from './send-flags.ts'
import type { Verb } from './verb.ts'

/** Creates the `enable` or `disable` command, which selects a control by its key, or else a callback by its id. */
export function verbSwitch(op: 'enable' | 'disable', table: ModuleTable): Verb {
  return {
    args: {
      name: {
        type: 'positional',
        required: true,
        valueHint: 'NAME',
        description: `What to ${op}: a control by its key, or else a callback by its id.`,
        completes: { kind: 'switches' },
      },
      ...SEND_FLAGS,
    },
    about: ['A disabled control keeps its value; changes are rejected until it is enabled.'],
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

function draftOf(op: 'enable' | 'disable', name: string, facts: TypingFacts, table: ModuleTable): CommandDraft {
  const controls = moduleByKey(facts.controls)
  const module = controls.get(name)
  if (module !== undefined) return { module, op, id: 'main', params: { key: name } }
  const owners = modulesWithHandles(table).filter((one) => canHave(one, facts))
  const [owner = owners[0]] = owners.filter((one) => handlesOf(one, facts)?.has(name) === true)
  const callbacks = owner === undefined ? [] : [...(handlesOf(owner, facts)?.keys() ?? [name])]
  if (owner !== undefined && callbacks.includes(name)) return { module: owner, op, id: name }
  if (owner === undefined) {
    const hint = didYouMean(name, controls.keys(), known([...controls.keys()]))
    throw refusal(`\`${name}\` is not a control of this run, and its trainer has no callbacks: ${hint}`)
  }
  // A callback that was just loaded may not be in the state document yet.
  const way = `use \`hotcb ${owner} ${op} ${name}\` to select a callback anyway`
  const words = [...controls.keys(), ...callbacks]
  throw refusal(
    `\`${name}\` is neither a control nor a callback of this run: ${didYouMean(name, words, known(words))}`,
    way,
  )
}

// A trainer with callbacks lists them in its state document; for a trainer that has not started, or for another kernel,
// they are unknown.
function canHave(module: string, { modules }: TypingFacts): boolean {
  return modules === undefined || Object.hasOwn(modules, module)
}

function known(keys: readonly string[]): string {
  if (keys.length === 0) return 'no trainer has described its controls yet'
  return `choose from ${keys.slice(0, 12).join(', ')}${keys.length > 12 ? ', …' : ''}`
}
