import { type ReadLastLinesOptions, readLastLines, readLines } from '@hotcb/journal'
import { type Command, runFiles, type StateDocument } from '@hotcb/protocol'
import { readStreamLine } from '../streams.ts'
import { type CommandFile, commandFiles } from './command-files.ts'
import type { Run } from './open-run.ts'

/** A command that no line of the ledger has decided yet. */
export interface QueuedCommand {
  /** Null for the shared file, otherwise the name in `hotcb.commands.d`. */
  readonly writer: string | null
  readonly offset: number
  readonly command: Command
}

/** Number of commands at the end of each command file that are checked. */
const NEWEST = 200

/**
 * The commands of a run that wait for its trainer or for the next one, oldest first in each file; not including those
 * that a live trainer holds for their step. Only the newest 200 of each file are checked. None if another kernel serves
 * the run: its ledger does not record which commands it decided.
 *
 * @param options `maxBytes`: read at most about this much from the end of each file, for servers that must not block for long. A
 * command that was decided in an earlier part of the ledger, and that no state document counts as taken, is then listed.
 */
export function queuedCommands(run: Run, { maxBytes }: QueuedOptions = {}): readonly QueuedCommand[] {
  if (run.isForeign()) return []
  const { state } = run.readState()
  const limits = { ...(run.within && { within: run.within }), ...(maxBytes !== undefined && { maxBytes }) }
  const asked = new Map<string, QueuedCommand>()
  for (const file of commandFiles(run)) {
    for (const one of newestOf(file, limits)) {
      if (mayWait(one, state)) asked.set(one.command.cid ?? placeOf(one.writer, one.offset), one)
    }
  }
  return withoutDecided(asked, run.path('ledger'), limits)
}

function newestOf({ writer, path }: CommandFile, limits: Limits): readonly QueuedCommand[] {
  return readLastLines(path, NEWEST, limits).flatMap(({ text, offset }) => {
    const read = readStreamLine('commands', text)
    return read.ok ? [{ writer, offset, command: read.value }] : []
  })
}

/** Whether the state document leaves the outcome of a command open. */
function mayWait({ writer, offset, command }: QueuedCommand, state: StateDocument | undefined): boolean {
  if (state === undefined) return true
  const isHeld = state.held.some((held) =>
    command.cid === null ? held.writer === writer && held.offset === offset : held.cid === command.cid,
  )
  // Commands that a kernel held for a step when it closed wait for the next one.
  if (isHeld) return state.closed
  return offset >= (state.taken?.[writer ?? runFiles.commands] ?? 0)
}

/** What identifies a command without `cid`. No `cid` begins with a space. */
function placeOf(writer: string | null, offset: number): string {
  return ` ${offset} ${writer ?? ''}`
}

function withoutDecided(
  asked: Map<string, QueuedCommand>,
  ledger: string,
  { maxBytes, ...where }: Limits,
): readonly QueuedCommand[] {
  const tail = readLastLines(ledger, TAIL_LINES, { ...where, ...(maxBytes !== undefined && { maxBytes }) })
  const isWhole = maxBytes !== undefined || (tail[0]?.offset ?? 0) === 0
  const lines = isWhole ? [tail] : [tail, readLines(ledger, where)]
  for (const some of lines) {
    // The whole ledger is read only if its end leaves a command open.
    if (asked.size === 0) break
    for (const { text } of some) for (const key of answeredBy(text)) asked.delete(key)
  }
  return [...asked.values()]
}

/** The keys of the command that a ledger line answers. */
function answeredBy(line: string): readonly string[] {
  const [, cid, writer, offset] = ANSWERED.exec(line) ?? []
  if (cid === undefined) return []
  return offset === undefined ? [cid] : [cid, placeOf(writer ?? null, Number(offset))]
}

const TAIL_LINES = 1000

// The keys that the kernel writes after `wall_time`: a match in params or payload is not an answer.
const ANSWERED = /"wall_time":[^,]*,"cid":"([^"]+)"(?:,"writer":(?:null|"([^"]*)"),"offset":(\d+))?/

type Limits = Pick<ReadLastLinesOptions, 'within' | 'maxBytes'>

export type QueuedOptions = Pick<ReadLastLinesOptions, 'maxBytes'>
