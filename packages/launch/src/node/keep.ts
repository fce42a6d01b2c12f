import { errnoOf, runningMs } from '@hotcb/journal'
import { type JsonObject, messageOf, printable, runFiles } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import { type Hold, openHold, openRunDirectory, type Run } from '@hotcb/run/node'
import { createProcessFold, endedData, launchData, type ProcessStory, startedData } from '../process-log.ts'
import { catchEndSignals, type EndSignals } from './end-signals.ts'
import { watchSteps } from './first-step.ts'
import type { KeeperJob, KeeperMessage } from './keeper-job.ts'
import { type OutFile, openOutFile } from './out-file.ts'
import { completeRun } from './run-document.ts'
import { createStopper, type Stopper, withdrawStops } from './stopper.ts'
import { adoptTrainer, type ExitOf, startTrainer, type TrainerProcess } from './trainer-process.ts'

/**
 * Keeps one training run until it ends: starts it, or adopts the process of an earlier start that still trains; limits
 * its output; ends it at a limit or when this process gets SIGTERM or SIGINT; records how it ended.
 *
 * @returns The exit code of the keeper.
 */
export async function keep(job: KeeperJob, tell: (message: KeeperMessage) => void): Promise<number> {
  const signals = catchEndSignals()
  try {
    return await keepUntilEnd(job, tell, signals)
  } finally {
    signals.release()
  }
}

async function keepUntilEnd(
  job: KeeperJob,
  tell: (message: KeeperMessage) => void,
  signals: EndSignals,
): Promise<number> {
  const fold = createProcessFold()
  let hold: Hold
  try {
    hold = openHold(job.dir, runFiles.launch, { engine: 'launch', onLine: (line) => fold.take(line) })
  } catch (error) {
    const code = isRunError(error) && error.code === 'held' ? 'held' : 'not-started'
    tell({ kind: 'failed', code, message: messageOf(error) })
    return 1
  }
  const log = (kind: string, data: JsonObject): void => void hold.append([{ kind, ts: Date.now() / 1000, data }])
  const out = openOutFile(job.dir)
  try {
    const run = openRunDirectory(job.dir)
    withdrawStops(run, fold.story.stops)
    const { trainer, isAdopted } = await findTrainer(job, fold.story, out, log)
    log('started', startedData(trainer.mark, job.argv, isAdopted))
    tell({ kind: 'started', pid: trainer.mark.pid, isAdopted })
    const { exit, asked } = await watch(job, { run, trainer, out, log, signals })
    const hadLeftovers = await endLeftovers(trainer, job.killSeconds)
    out.check()
    log('ended', endedData({ ...exit, asked, hadLeftovers }))
    completeRun(run, job.document, { ...exit, asked })
    return 0
  } catch (error) {
    const message = startProblem(job.argv, error)
    log('failed', { text: message })
    tell({ kind: 'failed', code: 'not-started', message })
    return 1
  } finally {
    out.close()
    hold.close()
  }
}

type Log = (kind: string, data: JsonObject) => void

interface Found {
  readonly trainer: TrainerProcess
  readonly isAdopted: boolean
}

async function findTrainer(job: KeeperJob, story: ProcessStory, out: OutFile, log: Log): Promise<Found> {
  const earlier = story.trainer === null || story.ended !== null ? undefined : adoptTrainer(story.trainer)
  if (earlier !== undefined) return { trainer: earlier, isAdopted: true }
  log('launch', launchData(job))
  const env = { ...process.env, ...job.env }
  return { trainer: await startTrainer(job.argv, { cwd: job.cwd, env, outFd: out.fd }), isAdopted: false }
}

interface Watched {
  readonly run: Run
  readonly trainer: TrainerProcess
  readonly out: OutFile
  readonly log: Log
  readonly signals: EndSignals
}

const OUT_MS = 100
const STEP_MS = 500

async function watch(
  job: KeeperJob,
  { run, trainer, out, log, signals }: Watched,
): Promise<{ readonly exit: ExitOf; readonly asked: string | null }> {
  const stopper = createStopper(run, trainer, {
    stopSeconds: job.stopSeconds,
    killSeconds: job.killSeconds,
    onStep: (how, reason, cid) => log('stopping', { how, reason, cid }),
  })
  signals.listen(() => stopper.ask('interrupted'))
  const bounding = setInterval(() => contained(() => out.check()), OUT_MS)
  const look = limitsOf(job, run, stopper, log)
  const looking = setInterval(() => contained(look), STEP_MS)
  try {
    const exit = await trainer.ended
    return { exit, asked: stopper.asked }
  } finally {
    clearInterval(bounding)
    clearInterval(looking)
    // Nothing is left to end: a later `stop` would end the next start.
    signals.listen(() => undefined)
    stopper.close()
  }
}

/** Ends the training at its limits, and notes when it makes no more steps. */
function limitsOf(job: KeeperJob, run: Run, stopper: Stopper, log: Log): () => void {
  const steps = watchSteps(run)
  let begunMs: number | null = null
  let isSilent = false
  return () => {
    const nowMs = runningMs()
    steps.look(nowMs)
    if (steps.hasBegun) begunMs ??= nowMs
    const { maxTimeSeconds, maxSteps } = job
    if (
      stopper.asked === null &&
      begunMs !== null &&
      maxTimeSeconds !== null &&
      nowMs - begunMs >= maxTimeSeconds * 1000
    ) {
      stopper.ask('max-time')
    } else if (stopper.asked === null && maxSteps !== null && (steps.step ?? 0) >= maxSteps) stopper.ask('max-steps')
    const wasSilent = isSilent
    isSilent = steps.silentSeconds >= steps.limitSeconds
    if (isSilent && !wasSilent) log('note', { text: `no step for ${Math.round(steps.silentSeconds)} s` })
    else if (wasSilent && !isSilent) log('note', { text: 'it is making steps again' })
  }
}

// A file that cannot be read now may be there at the next look; the training continues either way.
function contained(act: () => void): void {
  try {
    act()
  } catch {
    // See above.
  }
}

const GONE_MS = 50

/** Ends processes that a training run has left in its group. @returns Whether there were any. */
async function endLeftovers(trainer: TrainerProcess, killSeconds: number): Promise<boolean> {
  if (!trainer.hasGroup()) return false
  trainer.signal('SIGTERM')
  for (let left = killSeconds * 1000; left > 0 && trainer.hasGroup(); left -= GONE_MS) await sleep(GONE_MS)
  trainer.signal('SIGKILL')
  return true
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function startProblem([program = '']: readonly string[], error: unknown): string {
  if (errnoOf(error) === 'ENOENT')
    return printable(`there is no program \`${program}\`, or the working directory is gone`)
  if (errnoOf(error) === 'EACCES') return printable(`\`${program}\` is not a program that may be run`)
  return `\`${program}\` could not be started: ${messageOf(error)}`
}
