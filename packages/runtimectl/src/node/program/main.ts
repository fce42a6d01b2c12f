import { escapeControls, headlineOf } from '@hotcb/protocol'
import { createId } from '../../command.ts'
import { appendLine } from '../enqueue.ts'
import { readTyped, type Typed, UsageError } from './arguments.ts'
import { HELP } from './help.ts'
import { listLines, pathHint } from './list.ts'
import { statusText } from './status.ts'
import { watchAcks } from './wait.ts'

/** What the program needs from its process. */
export interface ProgramPorts {
  readonly version: string
  /** Writes lines to standard output. */
  out(lines: string): void
  /** Writes one line to standard error. */
  err(line: string): void
}

/**
 * Runs one command line of `runtimectl` and returns its exit code: 0 for success, 1 if refused or failed, 2 for wrong
 * usage, 3 without an answer.
 *
 * @param words The command line, without `node` and the script.
 */
export function runRuntimectl(words: readonly string[], ports: ProgramPorts): number {
  try {
    return act(readTyped(words), ports)
  } catch (error) {
    ports.err(`runtimectl: ${headlineOf(error)}`)
    return error instanceof UsageError ? 2 : 1
  }
}

function act(typed: Typed, ports: ProgramPorts): number {
  switch (typed.kind) {
    case 'help':
      ports.out(HELP)
      return 0
    case 'nothing':
      ports.out(HELP)
      return 2
    case 'version':
      ports.out(`runtimectl ${ports.version}`)
      return 0
    case 'status':
      ports.out(escapeControls(statusText(typed.dir, typed.last)))
      return 0
    case 'list':
      ports.out(listLines(typed.dir).join('\n'))
      return 0
    case 'enqueue':
      return enqueueTyped(typed, ports)
    default:
      throw new Error(`unreachable: ${JSON.stringify(typed satisfies never)}`)
  }
}

function enqueueTyped(
  { dir, path, args, kwargs, wait }: Extract<Typed, { kind: 'enqueue' }>,
  ports: ProgramPorts,
): number {
  const id = createId(Math.random)
  const ts = Date.now() / 1000
  const line = `{"id": "${id}", "ts": ${ts}, "op": "set", "path": ${JSON.stringify(path)}, "args": [${args.join(', ')}], "kwargs": ${kwargs}}`
  // The acks are opened before sending, so that an immediate ack is not missed.
  const acks = wait === null ? null : watchAcks(dir)
  appendLine(dir, line)
  ports.out(escapeControls(line))
  const warning = pathHint(dir, path)
  if (warning !== null) ports.err(`runtimectl: ${warning}`)
  if (acks === null || wait === null) return 0
  const ack = acks.waitFor(id, wait)
  if (ack === null) {
    ports.err(`runtimectl: no answer within ${wait} s: the command is queued and will be applied when a trainer polls`)
    return 3
  }
  ports.out(escapeControls(ack.text))
  return ack.isApplied ? 0 : 1
}
