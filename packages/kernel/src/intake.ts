import { type Command, parseJson, readCommand, refused, show } from '@hotcb/protocol'
import type { Answered } from './answered.ts'
import { type Ask, askFor, askOf } from './ask.ts'
import { placeKey } from './opening.ts'
import type { CommandLine, CommandSource } from './ports.ts'
import { createQueuedCancels, mayCancelQueued } from './queued-cancels.ts'
import { shortHash } from './sha256.ts'

/** The result of reading one line of a command file. */
export type Taken =
  | { readonly kind: 'ask'; readonly ask: Ask; readonly command: Command }
  /** Already answered: the same `cid` was found elsewhere, or the file started over. */
  | { readonly kind: 'again'; readonly ask: Ask }
  | { readonly kind: 'rejected'; readonly ask: Ask; readonly reason: string }
  /** Cancelled by a later line before it was processed. */
  | { readonly kind: 'withdrawn'; readonly ask: Ask }

/** Reads commands from a source, line by line, and silently skips those that already have a ledger line. */
export interface Intake {
  /**
   * Returns the commands with `at` from the whole backlog, which `next` then skips. It is called before the loop
   * begins, so that a long backlog does not make them late.
   */
  ahead(): Iterable<Ask>
  /** Whether a command with this `cid` has already been taken, or already has a ledger line. */
  isTaken(cid: string): boolean
  /** Whether the command with this `cid` was skipped because a later line cancels it. Returns true only once. */
  takeWithdrawn(cid: string): boolean
  /** Skips the command with this `cid` when it arrives. */
  close(cid: string): void
  /** Whether there may be a new command; checks each file at most once. */
  look(): boolean
  /** Whether a new command is known to be waiting, without checking the files. */
  readonly isBehind: boolean
  /** Returns the next unanswered line; null if there is none at present. */
  next(): Taken | null
  /** Searches the lines that were read but not taken for an unanswered `core` command. Returns its `cid`, or null. */
  seek(op: string): string | null
  /** How far each command file has been read: bytes by file name. */
  taken(): Readonly<Record<string, number>>
}

/** The commands that count as done even though they have no ledger line. */
export interface Done {
  /** The number of bytes of each command file that count as done, by file name. */
  readonly done: Readonly<Record<string, number>>
  /** The {@link placeKey} of each command that is located before those offsets but is still open. */
  readonly open: ReadonlySet<string>
}

/**
 * The number of bytes read from a command file at once. Splitting this many bytes into lines causes no noticeable
 * delay.
 */
const PIECE_BYTES = 64 * 1024

/** @param past The commands that another kernel has handled, or that were sent before the ledger was lost. */
export function createIntake(source: CommandSource, answered: Answered, past: Done): Intake {
  const queue: CommandLine[] = []
  const refused: { writer: string | null; offset: number; reason: string }[] = []
  const began = new Set<string | null>()
  const cancels = createQueuedCancels()
  let head = 0
  let more = false

  /** Reads more lines. False if there are none at present. */
  function fill(): boolean {
    if (!more && !source.look()) return false
    const batch = source.read(PIECE_BYTES)
    more = batch.more
    for (const writer of batch.reset) began.add(writer)
    queue.length = 0
    head = 0
    queue.push(...batch.lines)
    for (const line of batch.lines) noteCancel(line)
    refused.push(...batch.refused)
    return queue.length > 0 || refused.length > 0
  }

  function isDone(line: { writer: string | null; offset: number }): boolean {
    if (began.has(line.writer) || line.offset >= (past.done[line.writer ?? SHARED] ?? 0)) return false
    return !past.open.has(placeKey(line))
  }

  function noteCancel(line: CommandLine): void {
    if (!mayCancelQueued(line.text) || isDone(line)) return
    const { command } = readLine(line)
    if (command.ok) cancels.note(command.value, (cid) => answered.has(cid))
  }

  function takeLine(): Taken | null {
    const line = queue[head++]
    if (line === undefined || isDone(line)) return null
    const taken = take(line, answered, began.has(line.writer))
    return taken?.kind === 'ask' && cancels.withdraw(taken.ask.cid) ? { kind: 'withdrawn', ask: taken.ask } : taken
  }

  function takeRefused(): Taken | null {
    const line = refused.shift()
    if (line === undefined || isDone(line)) return null
    const { writer, offset, reason } = line
    const cid = `o${offset}-${shortHash(reason)}`
    return answered.meet(cid, writer, offset) === 'here' ? null : { kind: 'rejected', ask: lineAsk(line, cid), reason }
  }

  return {
    get isBehind() {
      return more || head < queue.length || refused.length > 0
    },
    *ahead() {
      for (const line of source.ahead?.() ?? []) {
        noteCancel(line)
        if (!line.text.includes(AT) || isDone(line)) continue
        const { command, cid } = readLine(line)
        if (!command.ok || command.value.at === null) continue
        if (answered.has(cid)) continue
        answered.meet(cid, line.writer, line.offset)
        yield askOf(command.value, cid, line.writer, line.offset)
      }
    },
    isTaken: (cid) => answered.has(cid),
    takeWithdrawn: cancels.takeWithdrawn,
    close: (cid) => answered.close(cid),
    seek: (op) => seekCore(op, source, (line, cid) => isDone(line) || answered.has(cid)),
    taken: () => placesOf(source, [...queue.slice(head), ...refused]),
    look: () => more || head < queue.length || refused.length > 0 || source.look(),
    next() {
      for (;;) {
        if (head >= queue.length && refused.length === 0 && !fill()) return null
        const taken = refused.length > 0 ? takeRefused() : takeLine()
        if (taken !== null) return taken
      }
    },
  }
}

/** Returns the `cid` of a `core` command that has not been taken yet; null if there is none. */
function seekCore(
  op: string,
  source: CommandSource,
  isOver: (line: CommandLine, cid: string) => boolean,
): string | null {
  for (const line of source.ahead?.() ?? []) {
    if (!line.text.includes(`"${op}"`)) continue
    const { command, cid } = readLine(line)
    if (command.ok && command.value.module === 'core' && command.value.op === op && !isOver(line, cid)) return cid
  }
  return null
}

/** Returns the bytes taken from each file: the bytes that were read, without the lines that are still waiting. */
function placesOf(
  source: CommandSource,
  waiting: readonly Pick<CommandLine, 'writer' | 'offset'>[],
): Readonly<Record<string, number>> {
  const offsets: Record<string, number> = { ...source.offsets?.() }
  for (const { writer, offset } of waiting) {
    const file = writer ?? SHARED
    offsets[file] = Math.min(offsets[file] ?? offset, offset)
  }
  return offsets
}

const SHARED = 'hotcb.commands.jsonl'
// A line that does not contain this string has no `at`, so it need not be parsed ahead of time.
const AT = '"at"'

// A NaN read as null would leave that value unchanged, while the rest of the command would be applied.
const ASKED = { nan: 'refuse' } as const

// The ledger contains the values of a command up to three times, in a line of at most 16 MiB.
const LONGEST_COMMAND = 5 * 1024 * 1024

function readLine({ offset, text }: CommandLine) {
  const isTooLong = text.length > LONGEST_COMMAND
  const parsed = isTooLong
    ? refused(`the command is too long: ${text.length} characters; the limit is 5 Mi`)
    : parseJson(text, ASKED)
  const command = parsed.ok ? readCommand(parsed.value) : parsed
  const own = command.ok ? command.value.cid : null
  return { command, own, cid: own ?? `o${offset}-${shortHash(text)}` }
}

function take(line: CommandLine, answered: Answered, isAnew: boolean): Taken | null {
  const { writer, offset, text } = line
  const { command, own, cid } = readLine(line)
  const where = answered.meet(cid, writer, offset)
  if (where === 'here' && !(isAnew && own === null)) return null
  if (!command.ok) {
    const reason = `byte ${offset}: ${command.reason}: ${show(text, 80)}`
    return { kind: 'rejected', ask: lineAsk(line, cid), reason }
  }
  const ask = askOf(command.value, cid, writer, offset)
  return where !== 'nowhere' ? { kind: 'again', ask } : { kind: 'ask', ask, command: command.value }
}

function lineAsk(line: { readonly writer: string | null; readonly offset: number }, cid: string): Ask {
  const op = { module: 'core', op: 'unreadable', id: 'main', params: null }
  return askFor(op, 'live', 'external', { cid, writer: line.writer, offset: line.offset })
}
