import { type ReadLastLinesOptions, readLastLines, readLines } from '@hotcb/journal'
import { type Command, runFiles, type StateDocument } from '@hotcb/protocol'
import { readStreamLine } from '../streams.ts'
import { type CommandFile, commandFiles } from './command-files.ts'
import type { Run } from './open-run.ts'

/** A command that has no line in the ledger yet. */
export interface QueuedCommand {
  /** Null for the shared file, otherwise the file's name in `hotcb.commands.d`. */
  readonly writer: string | null
  readonly offset: number
  readonly command: Command
}

/** The number of commands to check, from the end of each command file. */
const NEWEST = 200

/**
 * Returns the commands of a run that are waiting for its trainer or for the next one, oldest first in each file.
 * Commands that a live trainer has already read and keeps until their step are left out. Only the latest 200 in each
 * file are checked. There are none if another kernel controls the run, because its ledger does not record which
 * commands it decided.
 *
 * @param options `maxBytes` limits how much is read from the end of each file, for servers that must not block for
 *   long. A command is then also listed if its line is in an earlier part of the ledger and the state document does not
 *   show that the trainer has read it.
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

/** Whether, according to the state document, a command may still be undecided. */
function mayWait({ writer, offset, command }: QueuedCommand, state: StateDocument | undefined): boolean {
  if (state === undefined) return true
  const isHeld = state.held.some((held) =>
    command.cid === null ? held.writer === writer && held.offset === offset : held.cid === command.cid,
  )
  // Commands that were still waiting for their step when a kernel closed are now waiting for the next kernel.
  if (isHeld) return state.closed
  return offset >= (state.taken?.[writer ?? runFiles.commands] ?? 0)
}

/** Returns a string that identifies a command without a `cid`. No `cid` begins with a space. */
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
    // The whole ledger is read only if its last part does not answer every command.
    if (asked.size === 0) break
    for (const { text } of some) for (const key of answeredBy(text)) asked.delete(key)
  }
  return [...asked.values()]
}

/** Returns the keys of the command that a ledger line answers. */
function answeredBy(line: string): readonly string[] {
  const [, cid, writer, offset] = ANSWERED.exec(line) ?? []
  if (cid === undefined) return []
  return offset === undefined ? [cid] : [cid, placeOf(writer ?? null, Number(offset))]
}

const TAIL_LINES = 1000

// Only keys after `wall_time` are matched, because a match in params or payload is not an answer.
const ANSWERED = /"wall_time":[^,]*,"cid":"([^"]+)"(?:,"writer":(?:null|"([^"]*)"),"offset":(\d+))?/

type Limits = Pick<ReadLastLinesOptions, 'within' | 'maxBytes'>

export type QueuedOptions = Pick<ReadLastLinesOptions, 'maxBytes'>
