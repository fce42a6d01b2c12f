import { type AutopilotLine, type JsonObject, type LedgerLine, messageOf, readLedgerLine } from '@hotcb/protocol'
import { commandsWith, type Hold, type Run } from '@hotcb/run/node'
import { logLineOf, queuedLine } from '../log-lines.ts'
import { ACTION_MARK } from '../story.ts'
import type { ActEvent, ActionRecord, AutopilotEvent } from '../types.ts'

/** Records an engine's decisions and sends its commands. */
export interface Actor {
  /** Carries out events in order. For commands that could not be sent, it returns answers in the same form as the kernel's. */
  carryOut(events: readonly AutopilotEvent[]): readonly LedgerLine[]
  /** Sends commands that an earlier start recorded but did not send, and commands that were delayed by a full disk. */
  resume(actions: readonly ActionRecord[]): readonly LedgerLine[]
}

/**
 * Carries out actions. An action is written to the log, then its command is appended, then the log records this. If the process is killed
 * before that, only the first line exists, and the next start searches for the command. The command is therefore sent exactly once.
 */
export function createActor(run: Run, hold: Hold, nowMs: () => number): Actor {
  // Actions whose lines wait in memory until there is disk space. No action is carried out before its line is written.
  let waiting: ActEvent[] = []

  const stamp = (): { readonly ts: number; readonly n: null } => ({ ts: nowMs() / 1000, n: null })
  const write = (line: AutopilotLine): ReturnType<Hold['append']> => hold.append([withoutN(line)])

  function act(event: ActEvent): readonly LedgerLine[] {
    const trouble = write(logLineOf(event, stamp()))
    if (trouble?.code === 'superseded') return []
    if (trouble !== null) {
      waiting.push(event)
      return []
    }
    return send(event)
  }

  function send(event: ActEvent): readonly LedgerLine[] {
    const failed = sendCommand(run, { ...event.command })
    if (failed !== undefined) return [unsent(event.command.cid, failed, nowMs())]
    if (!event.isContinued) write(queuedLine(event, stamp()))
    return []
  }

  return {
    carryOut(events) {
      const answers: LedgerLine[] = []
      for (const event of events) {
        if (event.kind === 'act') answers.push(...act(event))
        else write(logLineOf(event, stamp()))
      }
      return answers
    },
    resume(actions) {
      const answers: LedgerLine[] = []
      if (waiting.length > 0 && hold.append([]) === null) {
        const ready = waiting
        waiting = []
        for (const event of ready) answers.push(...send(event))
      }
      for (const action of unsentOf(run, actions)) {
        const failed = sendCommand(run, action.next ?? action.command ?? {})
        if (failed !== undefined) answers.push(unsent(action.cid ?? '', failed, nowMs()))
      }
      return answers
    },
  }
}

/** Returns logged actions that should have been applied but whose command cannot be found. */
function unsentOf(run: Run, actions: readonly ActionRecord[]): readonly ActionRecord[] {
  const queued = actions.filter(({ state, cid, command }) => state === 'queued' && cid !== null && command !== null)
  if (queued.length === 0) return []
  const sent = new Set<string | null>()
  for (const { cid } of commandsWith(run, ACTION_MARK)) sent.add(cid)
  for (const { value } of run.records('ledger', { contains: ACTION_MARK })) sent.add(value.cid)
  return queued.filter(({ cid }) => !sent.has(cid))
}

/** Appends a command. If that fails, returns the reason in one line. */
export function sendCommand(run: Run, command: JsonObject | object): string | undefined {
  try {
    // Another kind of kernel would ignore the command's `expect`.
    if (run.isForeign()) return "the kernel of this run is not hotcb's: it honours neither `expect` nor `expires`"
    run.send([command as Parameters<Run['send']>[0][number]], { source: 'autopilot' })
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** Returns the answer to a command that never reached the kernel, in the same form as the kernel's answers. */
function unsent(cid: string, error: string, nowMs: number): LedgerLine {
  const line = { seq: 0, step: null, module: 'core', op: 'unsent', id: 'main', source: 'autopilot', params: null }
  const read = readLedgerLine({ ...line, decision: 'rejected', cid, error, wall_time: nowMs / 1000 })
  if (!read.ok) throw new TypeError(read.reason)
  return read.value
}

function withoutN({ n: _n, ...line }: AutopilotLine): JsonObject {
  return { ...line }
}
