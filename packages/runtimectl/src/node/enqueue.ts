import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openAppender } from '@hotcb/journal'
import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { createCommand, createId, type Enqueued, formatQueueCommand, type QueueCommand } from '../command.ts'
import { queueFiles } from './files.ts'

/** The options of a command. */
export interface EnqueueOptions extends Enqueued {
  /** Must be unique; a command whose id was acked is skipped. @defaultValue a random UUID */
  readonly id?: string
}

const KEYS: OptionKeys<EnqueueOptions> = { args: true, kwargs: true, op: true, id: true }

/**
 * Appends a command to a queue, making its directory if needed: one write, from any process.
 *
 * @throws TypeError for an invalid command and for an option that does not exist, and JournalError when it cannot be
 *   written; then no command was sent.
 */
export function enqueue(dir: string, path: string, options: EnqueueOptions = {}): QueueCommand {
  checkOptions('enqueue', options, KEYS)
  const command = createCommand(path, options, options.id ?? createId(Math.random), Date.now() / 1000)
  appendLine(dir, formatQueueCommand(command))
  return command
}

/** Appends one line to the commands of a queue. @throws JournalError when it cannot be written. */
export function appendLine(dir: string, line: string): void {
  mkdirSync(dir, { recursive: true })
  const appender = openAppender(join(dir, queueFiles.commands))
  const failure = appender.append(`${line}\n`)
  appender.close()
  if (failure !== null) throw new Error(`${failure.message}: nothing was sent`)
}
