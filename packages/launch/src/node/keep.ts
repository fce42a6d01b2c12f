import { errnoOf, runningMs } from '@hotcb/journal'
import { type JsonObject, messageOf, printable, runFiles } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import { type Hold, openHold, openRunDirectory, type Run } from '@hotcb/run/node'
import { createProcessFold, endedData, launchData, type ProcessStory, startedData } from '../process-log.ts'
import { catchEndSignals, type EndSignals } from './end-signals.ts'
import { type StepWatch, watchSteps } from './first-step.ts'
import type { KeeperJob, KeeperMessage } from './keeper-job.ts'
import { watchLimits } from './limits.ts'
import { type OutFile, openOutFile } from './out-file.ts'
import { completeRun } from './run-document.ts'
import { createStopper, withdrawStops } from './stopper.ts'
import { adoptTrainer, type ExitOf, startTrainer, type TrainerProcess } from './trainer-process.ts'

/**
 * Watches one training run until it ends. It starts the training, or takes over the process of an earlier start that is still training. It
 * limits the size of the output, stops the training at a limit or when this process receives SIGTERM or SIGINT, and records how it ended.
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
    const { trainer, steps, isAdopted } = await findTrainer(job, fold.story, { run, out, log })
    log('started', startedData(trainer.mark, job.argv, isAdopted))
    tell({ kind: 'started', pid: trainer.mark.pid, isAdopted })
    const { exit, asked } = await watch(job, { run, trainer, steps, out, log, signals })
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
  readonly steps: StepWatch
  readonly isAdopted: boolean
}

async function findTrainer(
  job: KeeperJob,
  story: ProcessStory,
  { run, out, log }: Pick<Watched, 'run' | 'out' | 'log'>,
): Promise<Found> {
  const earlier = story.trainer === null || story.ended !== null ? undefined : adoptTrainer(story.trainer)
  if (earlier !== undefined) return { trainer: earlier, steps: watchSteps(run), isAdopted: true }
  log('launch', launchData(job))
  const env = { ...process.env, ...job.env }
  // The first step may be trained before this process continues.
  const steps = watchSteps(run)
  return { trainer: await startTrainer(job.argv, { cwd: job.cwd, env, outFd: out.fd }), steps, isAdopted: false }
}

interface Watched {
  readonly run: Run
  readonly trainer: TrainerProcess
  readonly steps: StepWatch
  readonly out: OutFile
  readonly log: Log
  readonly signals: EndSignals
}

const OUT_MS = 100
const STEP_MS = 500

async function watch(
  job: KeeperJob,
  { run, trainer, steps, out, log, signals }: Watched,
): Promise<{ readonly exit: ExitOf; readonly asked: string | null }> {
  const stopper = createStopper(run, trainer, {
    stopSeconds: job.stopSeconds,
    killSeconds: job.killSeconds,
    onStep: (how, reason, cid) => log('stopping', { how, reason, cid }),
  })
  signals.listen(() => stopper.ask('interrupted'))
  const bounding = setInterval(() => contained(() => out.check()), OUT_MS)
  const look = watchLimits(job, steps, stopper, (text) => log('note', { text }))
  const looking = setInterval(() => contained(() => look(runningMs())), STEP_MS)
  try {
    const exit = await trainer.ended
    return { exit, asked: stopper.asked }
  } finally {
    clearInterval(bounding)
    clearInterval(looking)
    // Nothing is left to stop, and a `stop` sent now would stop the next start.
    signals.listen(() => undefined)
    stopper.close()
  }
}

// Errors are ignored: a file that cannot be read now may be readable at the next check, and the training continues in
// any case.
function contained(act: () => void): void {
  try {
    act()
  } catch {
    // Ignored on purpose.
  }
}

const GONE_MS = 50

/** Kills processes that a training run has left in its group. @returns Whether there were any. */
async function endLeftovers(trainer: TrainerProcess, killSeconds: number): Promise<boolean> {
  // A process that has just ended stays in its group until its parent reaps it.
  for (let tries = 0; tries < 4 && trainer.hasGroup(); tries++) await sleep(GONE_MS)
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
    return printable(`the program \`${program}\` was not found, or the working directory was removed`)
  if (errnoOf(error) === 'EACCES') return printable(`\`${program}\` is not an executable program`)
  return `\`${program}\` could not be started: ${messageOf(error)}`
}
