import type { AutopilotLine, LedgerLine } from '@hotcb/protocol'
import { commandsWith, type Run } from '@hotcb/run/node'
import { ACTION_MARK, foldStory, type StoryNow } from '../story.ts'
import type { ActionStory, Story } from '../types.ts'

/** The present, for what lapses: the wall clock, and the step of the run where it is known. */
export function nowOf(run: Run, nowMs: number = Date.now()): StoryNow {
  return { now: nowMs / 1000, step: run.standing().state?.step ?? null }
}

/**
 * Folds the autopilot's log with the lines of the ledger and the commands that answer its actions. Reads the files once; a
 * ledger line that concerns no action is not parsed.
 *
 * @throws JournalError when a file cannot be read.
 */
export function readStory(run: Run, now: StoryNow = nowOf(run)): Story {
  return foldStory(logOf(run), answersIn(run), now, commandsWith(run, ACTION_MARK))
}

/** One action of a run; undefined where no log names it. */
export function findAction(run: Run, id: string, now: StoryNow = nowOf(run)): ActionStory | undefined {
  return readStory(run, now).actions.find((action) => action.id === id)
}

function* logOf(run: Run): Iterable<AutopilotLine> {
  for (const { value } of run.records('autopilot')) yield value
}

function* answersIn(run: Run): Iterable<LedgerLine> {
  for (const { value } of run.records('ledger', { contains: ACTION_MARK })) yield value
}
