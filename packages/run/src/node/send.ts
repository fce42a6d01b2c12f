import { statSync } from 'node:fs'
import { fileSystemKind, openAppender, openHostWriter } from '@hotcb/journal'
import { checkCommand, controlsByKey, createCid, PROTOCOL_VERSION, refused } from '@hotcb/protocol'
import { type Draft, type DraftConditions, hasConditions, type Sender, writeDrafts } from '../drafts.ts'
import { toForeignCommand } from '../foreign.ts'
import { RunError } from '../run-error.ts'
import type { Run } from './open-run.ts'

/** Commands that were appended. */
export interface SentCommands {
  /** One `cid` for each draft, in order. The ledger identifies the commands by them. */
  readonly cids: readonly string[]
  /** The commands as sent, in order: translated for the kernel that controls the run. */
  readonly drafts: readonly Draft[]
  /** The size of the ledger before they were appended. Their answers come after it. */
  readonly from: number
  /** Whether the run is trained by hotcb 2 in Python, which does not answer by `cid`. */
  readonly isForeign: boolean
}

/**
 * Appends commands to a run, all in one write.
 *
 * On a network file system, where appends from several hosts could get mixed up, the commands go to this host's own
 * file. For a foreign kernel they always go to the shared file, the only one that it reads.
 *
 * @throws {@link RunError} `newer-protocol`, `foreign-kernel` (it does not support the command), `unfit` (one of the
 *   run's controls would not accept a value), `bad-command`, `not-written`; JournalError when a file cannot be opened.
 *   In these cases no command is written.
 */
export function sendDrafts(
  run: Run,
  drafts: readonly Draft[],
  sender: Sender,
  conditions: DraftConditions = {},
): SentCommands {
  refuseNewerProtocol(run)
  requireFit(run, drafts)
  const isForeign = run.isForeign()
  const asked = drafts.map((draft) => ({ ...conditions, ...draft }))
  const wanted = isForeign ? inWordsOf(run, asked) : asked
  const nowMs = Date.now()
  const written = writeDrafts(wanted, sender, { nowMs, createId: () => createCid(nowMs, Math.random) })
  if (!written.ok) throw new RunError('bad-command', written.reason)
  const { cids, text } = written.value
  const from = statSync(run.path('ledger'), { throwIfNoEntry: false })?.size ?? 0
  if (text !== '') append(run, text, isForeign)
  return { cids, drafts: wanted, from, isForeign }
}

/**
 * Rejects values that the run's controls would not accept according to their descriptions. The kernel checks the rest.
 */
function requireFit(run: Run, drafts: readonly Draft[]): void {
  if (!drafts.some(({ params }) => params !== undefined && params !== null)) return
  const { controls = [] } = run.document('actuators').value ?? {}
  const byKey = controlsByKey(controls)
  const table = run.modules()
  for (const [i, { module, op, params = null }] of drafts.entries()) {
    const problem = checkCommand({ module, op, params }, byKey, { lenient: true, relative: true, table })
    if (problem === null) continue
    throw new RunError('unfit', drafts.length === 1 ? problem.reason : `command ${i + 1}: ${problem.reason}`)
  }
}

function inWordsOf(run: Run, drafts: readonly Draft[]): readonly Draft[] {
  const controls = run.document('actuators').value?.controls ?? []
  const keys = new Set(controls.map((control) => control.param_key))
  return drafts.map((draft) => {
    const worded = hasConditions(draft) ? refused(NO_CONDITIONS) : toForeignCommand(draft, keys)
    if (!worded.ok) throw new RunError('foreign-kernel', `${worded.reason}: nothing was written`)
    return worded.value
  })
}

const NO_CONDITIONS = 'this run is trained by hotcb 2 in Python, which does not support `at`, `expect` and `expires`'

function append(run: Run, text: string, isForeign: boolean): void {
  const isShared = isForeign || fileSystemKind(run.dir) === 'local'
  const where = run.within === undefined ? {} : { within: run.within }
  const appender = isShared ? openAppender(run.path('commands'), where) : openHostWriter(run.dir, where)
  const failure = appender.append(text)
  appender.close()
  if (failure !== null) throw new RunError('not-written', `${failure.message}: nothing was sent`)
}

/**
 * Refuses to write to a run with a newer protocol.
 *
 * @throws {@link RunError} `newer-protocol`.
 */
export function refuseNewerProtocol(run: Run): void {
  const { protocol, state } = run.readState()
  if (protocol === undefined || protocol <= PROTOCOL_VERSION) return
  const kernel = state === undefined ? 'a newer kernel' : `${state.kernel.name} ${state.kernel.version}`
  throw new RunError(
    'newer-protocol',
    `this run uses protocol ${protocol}, but this hotcb supports only ${PROTOCOL_VERSION}: nothing was written`,
    `its trainer is ${kernel}: use hotcb of that version or newer`,
  )
}
