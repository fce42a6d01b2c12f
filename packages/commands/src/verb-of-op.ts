import type { ModuleTable } from '@hotcb/protocol'
import type { CommandDraft } from './draft.ts'
import { requireFit, requireOwn } from './fit.ts'
import { argsOf } from './op-args.ts'
import type { NamedOp } from './op-checks.ts'
import { draftOf } from './op-draft.ts'
import type { TypingFacts } from './run-facts.ts'
import { readSendFlags } from './send-flags.ts'
import type { Verb } from './verb.ts'

/** Creates the command of an op from its descriptor. */
export function verbOfOp(named: NamedOp, table: ModuleTable): Verb {
  const { module, op } = named
  return {
    args: argsOf(module, op),
    about: op.about ?? [],
    examples: op.examples ?? [],
    ask(values, facts) {
      const draft = draftOf(named, values, facts)
      judge(draft, facts, table)
      return { kind: 'commands', drafts: [draft], ...readSendFlags(values) }
    },
  }
}

function judge(draft: CommandDraft, facts: TypingFacts, table: ModuleTable): void {
  if (draft.op !== 'set_params' || !table.isControls(draft.module)) return
  requireOwn(draft.module, Object.keys(draft.params ?? {}), facts.controls)
  requireFit([draft], facts.controls, table)
}
