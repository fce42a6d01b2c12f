import { readLastLines, readLines } from '@hotcb/journal'
import { type Command, runFiles, type StateDocument } from '@hotcb/protocol'
import { readStreamLine } from '../streams.ts'
import { type CommandFile, commandFiles } from './command-files.ts'
import type { Run } from './open-run.ts'

/** A command that was asked and that no line of the ledger has decided. */
export interface QueuedCommand {
  /** Null for the shared file, else the name in `hotcb.commands.d`. */
  readonly writer: string | null
  readonly offset: number
  readonly command: Command
}

/** Commands at the end of each command file that are looked at. */
const NEWEST = 200

/**
 * The commands of a run that wait for its trainer or for the next one, oldest first in each file; those that a living trainer
 * holds for their step are not among them. Only the newest 200 of each file are looked at. None where another kernel serves
 * the run: its ledger does not say which commands it decided.
 */
export function queuedCommands(run: Run): readonly QueuedCommand[] {
  if (run.isForeign()) return []
  const { state } = run.standing()
  const asked = new Map<string, QueuedCommand>()
  for (const file of commandFiles(run)) {
    for (const one of newestOf(file)) {
      const cid = one.command.cid ?? cidOfPlace(one.offset)
      if (mayWait(one, cid, state)) asked.set(cid, one)
    }
  }
  return withoutDecided(asked, run.path('ledger'))
}

function newestOf({ writer, path }: CommandFile): readonly QueuedCommand[] {
  return readLastLines(path, NEWEST).flatMap(({ text, offset }) => {
    const read = readStreamLine('commands', text)
    return read.ok ? [{ writer, offset, command: read.value }] : []
  })
}

/** Whether the state document leaves open what became of a command. */
function mayWait({ writer, offset }: QueuedCommand, cid: string, state: StateDocument | undefined): boolean {
  if (state === undefined) return true
  const isHeld = state.held.some((held) => held.cid === cid)
  // What a kernel held for a step when it closed waits for the next one.
  if (isHeld) return state.closed
  return offset >= (state.taken?.[writer ?? runFiles.commands] ?? 0)
}

// The kernel names a command without `cid` by its place, and goes on with a hash.
function cidOfPlace(offset: number): string {
  return `o${offset}-`
}

function withoutDecided(asked: Map<string, QueuedCommand>, ledger: string): readonly QueuedCommand[] {
  const tail = readLastLines(ledger, TAIL_LINES)
  const lines = (tail[0]?.offset ?? 0) === 0 ? [tail] : [tail, readLines(ledger, {})]
  for (const some of lines) {
    // The whole ledger is read only where its end leaves something open.
    if (asked.size === 0) break
    for (const { text } of some) {
      const cid = CID.exec(text)?.[1]
      if (cid === undefined) continue
      asked.delete(cid)
      if (cid.startsWith('o')) asked.delete(cid.slice(0, cid.indexOf('-') + 1))
    }
  }
  return [...asked.values()]
}

const TAIL_LINES = 1000

// The key that the kernel writes after `wall_time`: what stands in params or payload is no answer.
const CID = /"wall_time":[^,]*,"cid":"([^"]+)"/
