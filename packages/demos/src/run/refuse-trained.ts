import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { type Liveness, livenessReason } from '@hotcb/run'
import { openRunDirectory, settleLiveness } from '@hotcb/run/node'
import { DemoError } from '../errors.ts'
import { commandLine, continueLine } from './advice.ts'
import { lifeAfterStop } from './await-stop.ts'

/**
 * Refuses a run that a live process is training, unless it should be taken over. A process that has been asked to stop is
 * given time to end first.
 *
 * @returns A note for the user before the run continues; null if there is none.
 * @throws {@link DemoError} `bad-run`, with the process that is training it and the command to use instead.
 */
export async function refuseTrained(
  dir: string,
  command: string,
  { isTakenOver }: { readonly isTakenOver: boolean },
): Promise<string | null> {
  const run = openRunDirectory(dir)
  const life = await (isTakenOver ? settleLiveness(run) : lifeAfterStop(run))
  if (life.verdict === 'unknown') {
    return `Another process may still train \`${dir}\` (${livenessReason(life)}). If one does, this one takes over.`
  }
  if (life.verdict === 'dead' || isOurs(life)) return null
  if (isTakenOver) return `Taking over from ${whoOf(life)}, which can no longer write to \`${dir}\`.`
  throw new DemoError(
    'bad-run',
    `\`${dir}\` is being trained by ${whoOf(life)}: stop it with \`${commandLine(dir, command, 'stop')}\`, or take the run over with \`${continueLine(dir, command)} --take-over\``,
  )
}

/**
 * Describes the process that is now training a run that was taken over from this process; `another process` if that is not known in time.
 */
export async function newOwner(dir: string): Promise<string> {
  const run = openRunDirectory(dir)
  // The new owner's ledger line appears before its state document. Until then, the document is ours.
  for (let waitedMs = 0; waitedMs <= OWNER_WAIT_MS; waitedMs += OWNER_LOOK_MS) {
    const found = run.readState()
    if (!isOwnState(found.state)) return whoOf(found)
    await sleep(OWNER_LOOK_MS)
  }
  return 'another process'
}

const OWNER_WAIT_MS = 2000
const OWNER_LOOK_MS = 50

function isOwnState(state: Liveness['state']): boolean {
  return state?.kernel.pid === process.pid && state.kernel.host === hostname()
}

// A program that ran a demo without closing it may continue it itself.
function isOurs({ by, state }: Liveness): boolean {
  return by === 'process' && state?.kernel.pid === process.pid
}

function whoOf({ state, protocol }: Pick<Liveness, 'state' | 'protocol'>): string {
  if (state === undefined) return `a kernel of protocol ${protocol ?? PROTOCOL_VERSION}`
  const { pid, host } = state.kernel
  return `process ${pid ?? '?'}${host === null ? '' : ` on ${host}`}`
}
