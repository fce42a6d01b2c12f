import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { JournalError, openTail, readLines, type Tail } from '@hotcb/journal'
import { messageOf, runFiles } from '@hotcb/protocol'
import type { CommandBatch, CommandLine, CommandSource } from '../ports.ts'

interface Writer {
  readonly name: string | null
  readonly path: string
  readonly tail: Tail
  /** How far `ahead` has looked, in bytes. */
  seen: number
}

/** The command files of a run: the shared one, and one for each host in hotcb.commands.d. */
export function openCommandFiles(
  runDir: string,
  options: { readonly network: boolean; readonly note: (message: string) => void },
): CommandSource {
  const open = (name: string | null, path: string): Writer => {
    return { name, path, tail: openTail(path, { network: options.network }), seen: 0 }
  }
  const writers: Writer[] = [open(null, join(runDir, runFiles.commands))]
  const folder = join(runDir, runFiles.commandsDir)
  let folderTime = -1
  let trouble: string | null = null

  function findWriters(): void {
    const stats = statSync(folder, { throwIfNoEntry: false })
    if (stats === undefined || stats.mtimeMs === folderTime) return
    folderTime = stats.mtimeMs
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith('.jsonl') || writers.some((writer) => writer.name === file)) continue
      writers.push(open(file, join(folder, file)))
    }
  }

  function contained(act: () => void): void {
    try {
      act()
    } catch (error) {
      const message = messageOf(error)
      if (message !== trouble) options.note(`command files: ${message}`)
      trouble = message
    }
  }

  contained(findWriters)

  return {
    look() {
      for (const writer of writers) if (writer.tail.look()) return true
      return false
    },
    read(maxBytes) {
      const lines: CommandLine[] = []
      const reset: (string | null)[] = []
      const refused: { writer: string | null; offset: number; reason: string }[] = []
      let more = false
      for (const { name, tail } of writers) {
        const batch = tail.read(maxBytes)
        if (batch.reset !== null) reset.push(name)
        if (batch.more) more = true
        if (batch.failure !== null) contained(() => fail(batch.failure?.message ?? ''))
        for (const { text, offset } of batch.lines) lines.push({ writer: name, offset, text })
        for (const { offset, bytes } of batch.oversized) {
          refused.push({
            writer: name,
            offset,
            reason: `byte ${offset}: a line of ${bytes} bytes is too long: at most 16 MiB`,
          })
        }
      }
      return { lines, reset, refused, more } satisfies CommandBatch
    },
    *ahead() {
      contained(findWriters)
      for (const writer of writers) {
        // Read again and judged by `read`, which tells of the trouble.
        try {
          // It may have been replaced by a shorter one since.
          if ((statSync(writer.path, { throwIfNoEntry: false })?.size ?? 0) < writer.seen) writer.seen = 0
          for (const { text, offset, bytes } of readLines(writer.path, { from: writer.seen })) {
            writer.seen = offset + bytes
            yield { writer: writer.name, offset, text }
          }
        } catch (error) {
          if (!(error instanceof JournalError)) throw error
        }
      }
    },
    refresh() {
      contained(findWriters)
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

function fail(message: string): never {
  throw new Error(message)
}
