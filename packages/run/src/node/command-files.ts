import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readLines } from '@hotcb/journal'
import type { Command } from '@hotcb/protocol'
import { readStreamLine } from '../streams.ts'
import type { Run } from './open-run.ts'

/** A command file: either the shared one, or the file of one host. */
export interface CommandFile {
  /** Null for the shared file, otherwise the file's name in `hotcb.commands.d`. */
  readonly writer: string | null
  readonly path: string
}

/** Lists all command files of a run. */
export function commandFiles(run: Pick<Run, 'path'>): readonly CommandFile[] {
  const folder = run.path('commandsDir')
  const own = entriesOf(folder).filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
  return [
    { writer: null, path: run.path('commands') },
    ...own.map(({ name }) => ({ writer: name, path: join(folder, name) })),
  ]
}

/**
 * Yields the commands whose line contains a given string, such as a `cid`, from all files, each in file order. Other
 * lines are not parsed.
 *
 * @throws JournalError when a file cannot be read.
 */
export function* commandsWith(run: Pick<Run, 'path' | 'within'>, mark: string): Iterable<Command> {
  for (const { path } of commandFiles(run)) {
    for (const { text } of readLines(path, run.within === undefined ? {} : { within: run.within })) {
      const command = text.includes(mark) ? readStreamLine('commands', text) : undefined
      if (command?.ok === true) yield command.value
    }
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // Without the folder there is only the shared file.
    return []
  }
}
