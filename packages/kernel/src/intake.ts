import { type Command, parseJson, readCommand, refused, show } from '@hotcb/protocol'
import type { Answered } from './answered.ts'
import { type Ask, askFor, askOf } from './ask.ts'
import { placeKey } from './opening.ts'
import type { CommandLine, CommandSource } from './ports.ts'
import { createQueuedCancels, mayCancelQueued } from './queued-cancels.ts'
import { shortHash } from './sha256.ts'

/** The result of a line of a command file. */
export type Taken =
  | { readonly kind: 'ask'; readonly ask: Ask; readonly command: Command }
  /** Answered by another line: the same `cid` was elsewhere, or the file started over. */
  | { readonly kind: 'again'; readonly ask: Ask }
  | { readonly kind: 'rejected'; readonly ask: Ask; readonly reason: string }
  /** Cancelled by a later line, before its turn came. */
  | { readonly kind: 'withdrawn'; readonly ask: Ask }

/** Takes commands from a source, line by line, silently skipping those that the ledger has answered. */
export interface Intake {
  /**
   * Commands with `at` in the whole backlog, which `next` then skips: called before the loop begins, so that a long
   * backlog does not make them late.
   */
  ahead(): Iterable<Ask>
  /** Whether a command with this `cid` has been taken, or is answered. */
  isTaken(cid: string): boolean
  /** Whether the command of this `cid` was skipped because a later line cancels it; true once. */
  takeWithdrawn(cid: string): boolean
  /** Skips the future command of a `cid`. */
  close(cid: string): void
  /** Whether there may be anything to take; checks each file at most once. */
  look(): boolean
  /** Whether there certainly is, without checking files. */
  readonly isBehind: boolean
  /** The next unanswered line; null if there is none for now. */
  next(): Taken | null
  /** Looks ahead for a command of `core` that is not answered, without taking it: its `cid`, or null. */
  seek(op: string): string | null
  /** How far each command file was read, in bytes by file name. */
  taken(): Readonly<Record<string, number>>
}

/** Commands that count as done although no line of the ledger answers them. */
export interface Done {
  /** Bytes of each command file, by file name. */
  readonly done: Readonly<Record<string, number>>
  /** {@link placeKey} of commands before those bytes that are open. */
  readonly open: ReadonlySet<string>
}

/** Bytes read from a command file in one piece: small enough that splitting it into lines causes no delay. */
const PIECE_BYTES = 64 * 1024

/** @param past Commands that another kernel has handled, or that were before the loss of a ledger. */
export function createIntake(source: CommandSource, answered: Answered, past: Done): Intake {
  const queue: CommandLine[] = []
  const refused: { writer: string | null; offset: number; reason: string }[] = []
  const began = new Set<string | null>()
  const cancels = createQueuedCancels()
  let head = 0
  let more = false

  /** Reads more. False if there is nothing now. */
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

/** The `cid` of a command of `core` that has not been taken yet; null if there is none. */
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

/** How far each file was taken, in bytes: up to where it was read, except for lines that are still waiting. */
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
// Lines without it are certainly not for a later step, and need not be parsed.
const AT = '"at"'

// Null would leave the value unchanged, and the rest of the command would be applied without it.
const ASKED = { nan: 'refuse' } as const

// The ledger contains the values of a command up to three times, in a line of at most 16 MiB.
const LONGEST_COMMAND = 5 * 1024 * 1024

function readLine({ offset, text }: CommandLine) {
  const isTooLong = text.length > LONGEST_COMMAND
  const parsed = isTooLong
    ? refused(`a command of ${text.length} characters is too long: at most 5 Mi are accepted`)
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
