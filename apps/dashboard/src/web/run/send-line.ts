import { type CommandSection, type RunFacts, readLine } from '@hotcb/commands'
import { ok, type Result } from '@hotcb/protocol'
import type { CommandDraft, FreezeDraft } from '../../shared/draft.ts'

/** Who sends what a line asks for. */
export interface LineSender {
  send(commands: readonly CommandDraft[]): Promise<void>
  freeze(draft: FreezeDraft): Promise<void>
}

/**
 * Sends what a line asks for; gives what to say about it, or why it is refused.
 *
 * @throws what the server refuses.
 */
export async function sendLine(
  line: string,
  sections: readonly CommandSection[],
  facts: RunFacts,
  commands: LineSender,
): Promise<Result<string>> {
  const asked = readLine(line, sections, facts)
  if (!asked.ok) return asked
  if (asked.value.kind === 'freeze') {
    const { mode, recipe_path, adjust_path, policy, step_offset } = asked.value.freeze
    const paths = { ...(recipe_path !== null && { recipe_path }), ...(adjust_path !== null && { adjust_path }) }
    await commands.freeze({ mode, ...paths, policy, step_offset })
    return ok('freeze document written')
  }
  const { drafts, conditions, note } = asked.value
  await commands.send(drafts.map((draft) => ({ ...draft, ...conditions, ...(note !== undefined && { note }) })))
  return ok('queued; the ledger will tell')
}
