import { join } from 'node:path'
import { fileSystemKind, hostWriter, JournalError, openAppender, replaceDocument } from '@hotcb/journal'
import {
  type ControlDescription,
  checkCommand,
  controlsByKey,
  createCid,
  type FreezeState,
  formatFreeze,
  type JsonObject,
  readCommand,
  runFiles,
} from '@hotcb/protocol'
import { confine } from './confine.ts'
import { Problem } from './problem.ts'
import type { OpenRun } from './run.ts'

/** A command as it came in, held against its schema. */
export type GivenCommand = Readonly<Record<string, unknown>>

export interface AppendOptions {
  /** Epoch milliseconds. */
  readonly nowMs: number
  /** Whether the kernel is hotcb 2's, which reads the shared file only. */
  readonly isForeign: boolean
}

/**
 * Refuses values that the controls of the run would not accept, by their descriptions.
 *
 * @throws {@link Problem} naming the command, the field, the value and what would be right.
 */
export function requireFit(given: readonly GivenCommand[], controls: readonly ControlDescription[]): void {
  const byKey = controlsByKey(controls)
  for (const [i, { module, op, params }] of given.entries()) {
    if (typeof module !== 'string' || typeof op !== 'string') continue
    // What came out of a JSON body is JSON.
    const problem = checkCommand({ module, op, params: (params ?? null) as JsonObject | null }, byKey, {
      lenient: true,
    })
    if (problem !== null) throw new Problem(400, 'bad_request', `command ${i + 1}: ${problem.reason}`)
  }
}

/**
 * Appends commands to a run, all in one write, and gives their cids.
 *
 * On a network file system, where appends of several hosts are not atomic, this host's own file is written.
 * @throws {@link Problem} when one of them is no command or the file cannot be written: then none was appended.
 */
export async function appendCommands(
  run: OpenRun,
  given: readonly GivenCommand[],
  { nowMs, isForeign }: AppendOptions,
): Promise<string[]> {
  const cids: string[] = []
  let text = ''
  for (const [i, command] of given.entries()) {
    const cid = createCid(nowMs + i / 1000, Math.random)
    const line = { cid, ts: nowMs / 1000, source: 'dashboard', ...withoutEmpty(command) }
    const read = readCommand(line)
    if (!read.ok) throw new Problem(400, 'bad_request', `command ${i + 1}: ${read.reason}`)
    cids.push(cid)
    text += `${JSON.stringify(line)}\n`
  }
  const path = join(run.dir, runFiles.commands)
  await confine(path, run.roots)
  await confine(join(run.dir, runFiles.commandsDir), run.roots)
  await write(() => {
    const isOwn = !isForeign && fileSystemKind(run.dir) === 'network'
    const appender = isOwn ? hostWriter(run.dir) : openAppender(path)
    try {
      const failure = appender.append(text)
      if (failure !== null) throw new Problem(503, 'unavailable', `the commands were not written: ${failure.message}`)
    } finally {
      appender.close()
    }
  })
  return cids
}

/** Writes the freeze document of a run. */
export async function writeFreeze(run: OpenRun, state: FreezeState): Promise<void> {
  const path = join(run.dir, runFiles.freeze)
  await confine(path, run.roots)
  await write(() => replaceDocument(path, formatFreeze(state)))
}

async function write(task: () => void): Promise<void> {
  try {
    task()
  } catch (error) {
    if (error instanceof JournalError) throw new Problem(503, 'unavailable', error.message)
    throw error
  }
}

function withoutEmpty(command: GivenCommand): GivenCommand {
  return Object.fromEntries(Object.entries(command).filter(([, value]) => value !== null && value !== undefined))
}
