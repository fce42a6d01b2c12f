import { errnoOf } from '@hotcb/journal'
import type { LocalOptions } from '../config/config.ts'
import {
  type Absent,
  type Answer,
  answer,
  type Executor,
  type Limits,
  type OpenAttempt,
  type OpenSubmission,
  type Place,
  type Sent,
  unanswered,
} from '../executor/executor.ts'
import type { AttemptRef } from '../journal/event.ts'
import { isRunning, readMarks } from './marks.ts'
import { observeLocal } from './observe-local.ts'
import type { WorkspacePaths } from './paths.ts'
import { chooseGpus, slotsOf } from './slots.ts'
import { startLocal } from './start-local.ts'

/** The maximum number of seconds between a wrapper's start and its mark, on a very busy machine. */
const SIGN_SECONDS = 15

/**
 * Runs attempts as processes on this machine. They outlive the program that starts them and are identified by their marks.
 *
 * @param onExit Called when an attempt that was started here ends.
 */
export function localExecutor(paths: WorkspacePaths, options: LocalOptions, onExit: () => void = () => {}): Executor {
  return {
    name: 'local',
    needsDriver: true,
    limits: async (open) => answer(limitsOf(options, open)),
    async submit({ attempts }) {
      const pids = attempts.map((one) => startLocal(paths, one, onExit))
      const [pid] = pids
      return pid === undefined ? unanswered('bash could not be started') : answer({ kind: 'sent', job: String(pid) })
    },
    find: async (submissions) => answer(findByMarks(paths, submissions)),
    observe: async (open) => ({ rows: observeLocal(paths, open), silent: [] }),
    cancel: async (attempts, force) => signal(paths, attempts, force ? 'SIGKILL' : 'SIGTERM'),
  }
}

function limitsOf(options: LocalOptions, open: readonly OpenAttempt[]): Limits {
  const slots = slotsOf(options)
  const used = open.map(({ facts }) => facts.gpus ?? '').filter((gpus) => gpus !== '')
  const places: Place[] = []
  while (places.length < slots.count - open.length) {
    const gpus = chooseGpus(slots, options.gpusPerTask, used)
    if (gpus === null) break
    if (gpus !== '') used.push(gpus)
    places.push({ gpus })
  }
  return { places, chunk: 1, maxTask: Number.MAX_SAFE_INTEGER, signSeconds: SIGN_SECONDS }
}

/**
 * Finds submissions by their marks. A wrapper that has not written its mark may be started a second time, because only one wrapper can
 * write it.
 */
function findByMarks(
  paths: WorkspacePaths,
  submissions: readonly OpenSubmission[],
): ReadonlyMap<string, Sent | Absent> {
  if (submissions.length === 0) return new Map()
  const marks = readMarks(
    paths.marks,
    submissions.flatMap(({ attempts }) => attempts),
  )
  return new Map(
    submissions.map(({ sid, attempts }) => {
      const begun = attempts.map(([i, n]) => marks.get(`${i}-${n}`)?.begun).find((one) => one?.kind === 'local')
      return [sid, begun?.kind === 'local' ? { kind: 'sent', job: String(begun.pid) } : { kind: 'absent' }]
    }),
  )
}

function signal(
  paths: WorkspacePaths,
  attempts: readonly OpenAttempt[],
  name: 'SIGTERM' | 'SIGKILL',
): Answer<readonly AttemptRef[]> {
  const told: AttemptRef[] = []
  const foreign: number[] = []
  const marks = readMarks(
    paths.marks,
    attempts.map(({ i, n }) => [i, n] as const),
  )
  for (const { i, n } of attempts) {
    const begun = marks.get(`${i}-${n}`)?.begun
    // A wrapper that is about to write its mark receives the signal at the next check.
    if (begun?.kind !== 'local' || isRunning(begun) !== true) continue
    if (send(begun.pid, name)) told.push([i, n])
    else foreign.push(i)
  }
  if (foreign.length === 0 || told.length > 0) return answer(told)
  return unanswered(`trial ${foreign.join(', ')} belongs to another user, and only that user can stop it`)
}

/** Sends a signal to a process group. Returns false if the group belongs to another user. */
function send(group: number, name: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(-group, name)
    return true
  } catch (error) {
    // Otherwise the group has just exited.
    return errnoOf(error) !== 'EPERM'
  }
}
