import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openAppender } from '@hotcb/journal'
import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { createCommand, createId, type Enqueued, formatQueueCommand, type QueueCommand } from '../command.ts'
import { queueFiles } from './files.ts'

/** The options for a command. */
export interface EnqueueOptions extends Enqueued {
  /** The ID, which must be unique: a command whose ID was already acked is skipped. @defaultValue a random UUID */
  readonly id?: string
}

const KEYS: OptionKeys<EnqueueOptions> = { args: true, kwargs: true, op: true, id: true }

/**
 * Appends a command to a queue in one write, from any process. Creates the directory if needed.
 *
 * @throws TypeError for an invalid command or an unknown option, and JournalError when the command cannot be written; in all cases, no
 * command was sent.
 */
export function enqueue(dir: string, path: string, options: EnqueueOptions = {}): QueueCommand {
  checkOptions('enqueue', options, KEYS)
  const command = createCommand(path, options, options.id ?? createId(Math.random), Date.now() / 1000)
  appendLine(dir, formatQueueCommand(command))
  return command
}

/** Appends one line to a queue's commands. @throws JournalError when it cannot be written. */
export function appendLine(dir: string, line: string): void {
  mkdirSync(dir, { recursive: true })
  const appender = openAppender(join(dir, queueFiles.commands))
  const failure = appender.append(`${line}\n`)
  appender.close()
  if (failure !== null) throw new Error(`${failure.message}: nothing was sent`)
}
