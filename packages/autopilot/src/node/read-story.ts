import type { AutopilotLine, LedgerLine } from '@hotcb/protocol'
import { commandsWith, type Run } from '@hotcb/run/node'
import { ACTION_MARK, type CurrentMoment, foldAutopilotHistory } from '../story.ts'
import type { ActionRecord, AutopilotHistory } from '../types.ts'

/** Returns the current moment, which determines what has expired: the wall-clock time, and the run's step if it is known. */
export function currentMomentOf(run: Run, nowMs: number = Date.now()): CurrentMoment {
  return { now: nowMs / 1000, step: run.readState().state?.step ?? null }
}

/**
 * Folds the autopilot's log with the ledger lines and commands that answer its actions. Reads the files once. Ledger lines that do not
 * concern any action are not parsed.
 *
 * @throws JournalError if a file cannot be read.
 */
export function readAutopilotHistory(run: Run, now: CurrentMoment = currentMomentOf(run)): AutopilotHistory {
  return foldAutopilotHistory(logOf(run), answersIn(run), now, commandsWith(run, ACTION_MARK))
}

/** Returns one of a run's actions; undefined if no log names it. */
export function findAction(run: Run, id: string, now: CurrentMoment = currentMomentOf(run)): ActionRecord | undefined {
  return readAutopilotHistory(run, now).actions.find((action) => action.id === id)
}

function* logOf(run: Run): Iterable<AutopilotLine> {
  for (const { value } of run.records('autopilot')) yield value
}

function* answersIn(run: Run): Iterable<LedgerLine> {
  for (const { value } of run.records('ledger', { contains: ACTION_MARK })) yield value
}
