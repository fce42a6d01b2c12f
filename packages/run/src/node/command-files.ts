import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readLines } from '@hotcb/journal'
import type { Command } from '@hotcb/protocol'
import { readStreamLine } from '../streams.ts'
import type { Run } from './open-run.ts'

/** A file of commands: the shared one, or that of one host. */
export interface CommandFile {
  /** Null for the shared file, otherwise the name in `hotcb.commands.d`. */
  readonly writer: string | null
  readonly path: string
}

/** All command files of a run. */
export function commandFiles(run: Pick<Run, 'path'>): readonly CommandFile[] {
  const folder = run.path('commandsDir')
  const own = entriesOf(folder).filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
  return [
    { writer: null, path: run.path('commands') },
    ...own.map(({ name }) => ({ writer: name, path: join(folder, name) })),
  ]
}

/**
 * The commands of all files whose line contains a text, such as a `cid`; in the order of each file. Other lines are not parsed.
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
