import {
  type CommandSection,
  pastEndError,
  pastStepError,
  readLine,
  type TypingFacts,
  unknownExpected,
} from '@hotcb/commands'
import { type FreezeMode, judgeFreeze, ok, type Result, refused } from '@hotcb/protocol'
import type { AnswerLog } from '../answers/answer-log.ts'

/** The facts that are needed to parse a command line. */
export interface LineContext {
  readonly sections: readonly CommandSection[]
  readonly facts: TypingFacts
  /** The step of a live trainer; null if there is none. */
  readonly step: number | null
  /** The number of steps of its run; null if it is unknown, or without a live trainer. */
  readonly total: number | null
  /** The freeze mode that applies to the line. If it blocks the line, the line is not sent. */
  readonly freeze: FreezeMode
}

/**
 * Sends the commands in a line. Resolves to whether they were sent (if the server rejected them, the answer log shows why), or to the
 * reason why the line itself is rejected.
 */
export async function sendLine(
  line: string,
  { sections, facts, step, total, freeze }: LineContext,
  answers: Pick<AnswerLog, 'send' | 'freeze'>,
): Promise<Result<boolean>> {
  const asked = readLine(line, sections, facts)
  if (!asked.ok) return asked
  if (asked.value.kind === 'freeze') {
    const { mode, recipe_path, adjust_path, policy, step_offset } = asked.value.freeze
    const paths = { ...(recipe_path !== null && { recipe_path }), ...(adjust_path !== null && { adjust_path }) }
    return ok(await answers.freeze({ mode, ...paths, policy, step_offset }))
  }
  const isFrozen = asked.value.drafts.some((draft) => judgeFreeze(freeze, 'live', draft) !== 'pass')
  if (isFrozen) return refused(`freeze is ${freeze}: the kernel would refuse this; press Enter again to send it anyway`)
  const { drafts, conditions, note, late = false } = asked.value
  const unknown = unknownExpected(conditions, facts.controls)
  if (unknown !== undefined) return refused(unknown.message)
  const past = late ? undefined : (pastStepError(conditions, step) ?? pastEndError(conditions, total))
  if (past !== undefined) return refused(`${past.message}; ${past.hint}`)
  return ok(
    await answers.send(drafts.map((draft) => ({ ...draft, ...conditions, ...(note !== undefined && { note }) }))),
  )
}
