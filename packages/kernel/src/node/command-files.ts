import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { JournalError, openTail, readLines, type Tail } from '@hotcb/journal'
import { messageOf, runFiles } from '@hotcb/protocol'
import type { CommandBatch, CommandLine, CommandSource } from '../ports.ts'

interface Writer {
  readonly name: string | null
  readonly path: string
  readonly tail: Tail
  /** How far `ahead` has read the file, in bytes. */
  seen: number
}

/** Opens the command files of a run: the shared one, and one for each host in hotcb.commands.d. */
export function openCommandFiles(
  runDir: string,
  options: { readonly network: boolean; readonly note: (message: string) => void },
): CommandSource {
  const { writers, find } = openWriters(runDir, options.network)
  let trouble: string | null = null

  function tell(message: string): void {
    if (message !== trouble) options.note(`command files: ${message}`)
    trouble = message
  }

  function findWriters(): void {
    try {
      find()
    } catch (error) {
      tell(messageOf(error))
    }
  }

  findWriters()

  return {
    look() {
      for (const writer of writers) if (writer.tail.look()) return true
      return false
    },
    read: (maxBytes) => readAll(writers, maxBytes, tell),
    *ahead() {
      findWriters()
      for (const writer of writers) yield* linesAhead(writer)
    },
    refresh() {
      findWriters()
      for (const { tail } of writers) tail.checkIdentity()
    },
    sizes() {
      const sizes: Record<string, number> = {}
      for (const { name, path } of writers) {
        sizes[name ?? runFiles.commands] = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      }
      return sizes
    },
    offsets() {
      return Object.fromEntries(writers.map(({ name, tail }) => [name ?? runFiles.commands, tail.offset]))
    },
    close() {
      for (const { tail } of writers) tail.close()
    },
  }
}

/** Opens the command files that exist. `find` adds files that have since appeared in `hotcb.commands.d`. */
function openWriters(runDir: string, network: boolean): { readonly writers: readonly Writer[]; find(): void } {
  const open = (name: string | null, path: string): Writer => ({
    name,
    path,
    tail: openTail(path, { network }),
    seen: 0,
  })
  const writers: Writer[] = [open(null, join(runDir, runFiles.commands))]
  const folder = join(runDir, runFiles.commandsDir)
  let folderTime = -1

  return {
    writers,
    find() {
      const stats = statSync(folder, { throwIfNoEntry: false })
      if (stats === undefined || stats.mtimeMs === folderTime) return
      folderTime = stats.mtimeMs
      for (const file of readdirSync(folder).sort()) {
        if (!file.endsWith('.jsonl') || writers.some((writer) => writer.name === file)) continue
        writers.push(open(file, join(folder, file)))
      }
    },
  }
}

function readAll(writers: readonly Writer[], maxBytes: number, tell: (message: string) => void): CommandBatch {
  const lines: CommandLine[] = []
  const reset: (string | null)[] = []
  const refused: CommandBatch['refused'][number][] = []
  let more = false
  for (const { name: writer, tail } of writers) {
    const batch = tail.read(maxBytes)
    if (batch.reset !== null) reset.push(writer)
    if (batch.more) more = true
    if (batch.failure !== null) tell(batch.failure.message)
    for (const { text, offset } of batch.lines) lines.push({ writer, offset, text })
    for (const { offset, bytes } of batch.oversized) {
      refused.push({
        writer,
        offset,
        reason: `byte ${offset}: a line of ${bytes} bytes is too long: the limit is 16 MiB`,
      })
    }
  }
  return { lines, reset, refused, more }
}

/** Yields the lines after those that it yielded before. These lines still count as not taken. */
function* linesAhead(writer: Writer): Generator<CommandLine, void, void> {
  // Read errors are ignored here: `read` reads the file again and reports them.
  try {
    // The file may have been replaced by a shorter one.
    if ((statSync(writer.path, { throwIfNoEntry: false })?.size ?? 0) < writer.seen) writer.seen = 0
    for (const { text, offset, bytes } of readLines(writer.path, { from: writer.seen })) {
      writer.seen = offset + bytes
      yield { writer: writer.name, offset, text }
    }
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
  }
}
