import { type Checkpoint, latestCheckpoint } from '@hotcb/kernel/node'
import { type Env, escapeControls, printable, type RunDocument } from '@hotcb/protocol'
import type { DigitsTrainer } from '../digits/trainer.ts'
import { DemoError } from '../errors.ts'
import { isDivided } from '../ranks/team-end.ts'
import { commandName, continueLine, invitation } from './advice.ts'
import { describeBeginning } from './beginning.ts'
import type { DemoOptions } from './demo-options.ts'
import { stepMetrics, testMetrics } from './digits-run.ts'
import { createEnding, type Ending } from './ending.ts'
import { catchInterrupt } from './interrupt.ts'
import { createPace } from './pace.ts'
import { createProgress, type Progress } from './progress.ts'
import { newOwner, refuseTrained } from './refuse-trained.ts'
import { freezeMode, refuseUsedFolder } from './run-folder.ts'
import { isFinished, planRun, type RunPlan } from './run-plan.ts'
import { NO_SCREEN, openScreen, type Screen } from './screen.ts'
import { createServing, type Serving } from './serving.ts'
import { openSession, type Session, writeRunDocument } from './session.ts'
import { alreadyPast, type Ended, finishedBefore, summary } from './summary.ts'

/**
 * Trains a network on handwritten digits in a run directory, where others can change it from outside, and returns the exit code: 0 if it
 * reached its end or was stopped by a command, 130 if interrupted. It saves a checkpoint at the end.
 *
 * After a second SIGINT or SIGTERM, the process exits immediately with code 130 and without a checkpoint.
 *
 * @throws DemoError if the run cannot begin, or if another process takes it over; RunError if there is no run to continue;
 * RecipeError if a strict replay was not followed exactly.
 */
export async function runDemo(options: DemoOptions = {}): Promise<number> {
  const command = options.command ?? commandName()
  const output = openScreen(options.screen)
  const screen = options.json ? NO_SCREEN : output
  const plan = planRun(options, command)
  const { runDir, before } = plan
  const printed = { runDir, command, isServable: options.serve !== undefined }
  if (before !== null && isFinished(plan)) return tell(finishedBefore(before, plan.maxSteps, printed), before)

  const note = await refuseTrained(runDir, command, { isTakenOver: options.takeOver === true })
  if (note !== null) screen.write(`${printable(note)}\n`)
  if (!plan.isContinued) refuseUsedFolder(runDir, command)
  const checkpoint = plan.isContinued ? latestCheckpoint(runDir) : null
  const first = checkpoint?.step ?? 0
  if (before !== null && first >= plan.maxSteps) return tell(alreadyPast(first, plan.maxSteps, printed), before)

  if (plan.isContinued) screen.write(`${printable(describeBeginning(runDir, checkpoint))}\n`)
  const serving = createServing(options.serve, screen)
  try {
    const { exitCode, ...ended } = await trainAll(plan, checkpoint, command, screen, serving)
    tell(summary(ended, ended.first, printed), ended.document)
    if (options.keep && exitCode === 0) await serving.stay()
    return exitCode
  } finally {
    await serving.close()
  }

  function tell(text: string, document: RunDocument): number {
    screen.write(text)
    if (options.json) output.write(`${escapeControls(JSON.stringify(document))}\n`)
    return 0
  }
}

interface End extends Ended {
  readonly exitCode: number
  /** The first step that was trained. */
  readonly first: number
}

async function trainAll(
  plan: RunPlan,
  checkpoint: Checkpoint | null,
  command: string,
  screen: Screen,
  serving: Serving,
): Promise<End> {
  let progress: Progress | null = null
  const session = await openSession(plan, checkpoint, (line) => progress?.say(line))
  const { kernel, changes, from, first, team, trainer } = session
  const ending = createEnding(kernel)
  const interrupt = catchInterrupt({ first: endSoon, again: endNow }, () => performance.now())
  try {
    if (checkpoint !== null && from?.tag !== checkpoint.tag)
      screen.write(`${printable(`${checkpoint.tag} has been deleted. ${describeBeginning(plan.runDir, from)}`)}\n`)
    await serving.start(plan.runDir)
    screen.write(invitation(plan, first, command, { freeze: freezeMode(plan.runDir), pids: team?.pids ?? [] }))
    progress = createProgress(screen, plan.maxSteps, first, () => performance.now())
    const { document, step } = await train(plan, session, progress, ending)
    const ranks = (await team?.end(trainer.weightsSha256())) ?? null
    const exitCode = interrupt.signal !== null ? 130 : ranks !== null && isDivided(ranks) ? 1 : 0
    return { exitCode, document, step, first, saved: changes.saved, ranks }
  } finally {
    progress?.end()
    interrupt.release()
    changes.close()
    team?.close()
    kernel.close()
  }

  function endSoon(signal: NodeJS.Signals): void {
    const words =
      signal === 'SIGINT'
        ? 'Ctrl-C: saving a checkpoint. Press it again to exit without one.'
        : `${signal}: saving a checkpoint.`
    if (progress === null) screen.write(`${words}\n`)
    else progress.say(words)
    ending.interrupt(signal)
  }

  function endNow(): never {
    progress?.end()
    screen.write(`Exited without saving. To continue:  ${continueLine(plan.runDir, command)}\n`)
    process.exit(130)
  }
}

/**
 * Runs the training loop: a step, a wait, a safe point. There is one safe point per step, so a replay needs no clock.
 */
async function train(
  plan: RunPlan,
  session: Session,
  progress: Progress,
  ending: Ending,
): Promise<Pick<Ended, 'document' | 'step'>> {
  const { maxSteps, maxTimeSeconds, stepDelaySeconds, runDir } = plan
  const { kernel, changes, team } = session
  const pace = createPace(stepDelaySeconds, () => performance.now())
  let last: TrainedStep | null = null
  let valAccuracy: number | undefined
  let { seq } = kernel
  let step = session.first
  // The checkpoint may be the last one, if the process from which this one takes over saved it in the meantime.
  let isOver = ending.isNear || step >= maxSteps

  while (!isOver) {
    last = await trainStep(session, step)
    const { epoch, metrics, events } = last
    valAccuracy = metrics['val_accuracy'] ?? valAccuracy
    await pace.rest(() => ending.isNear)

    const isLate = pace.elapsed() >= maxTimeSeconds
    ending.arrive(isLate || isSaved(step + 1, plan))
    const env = { step, epoch, phase: 'train', maxSteps, metrics }
    await team?.advance(env, events)
    const result = await kernel.applyAsync(withModel(env, session.trainer), events)
    if (kernel.seq !== seq) {
      for (const line of changes.read()) progress.say(line)
      seq = kernel.seq
    }
    step = result.rewound ?? step + 1
    progress.show({ done: step, loss: last.loss, lr: last.lr, valAccuracy })
    if (result.superseded)
      throw new DemoError('bad-run', `${await newOwner(runDir)} has taken over \`${runDir}\`: this process stops`)
    isOver = ending.leave(result, step, changes.saved?.step ?? null) || isLate || step >= maxSteps
  }

  const document = endDocument(session, last, step < maxSteps)
  writeRunDocument(runDir, document)
  return { document, step }
}

/** Additional values for callbacks: gradients are assembled only if one reads them. */
function withModel(env: Env, trainer: DigitsTrainer): Env {
  return {
    ...env,
    weights: trainer.weights,
    get grads() {
      return trainer.lastGradients
    },
  }
}

interface TrainedStep {
  readonly epoch: number
  readonly loss: number
  readonly lr: number
  readonly metrics: Readonly<Record<string, number>>
  readonly events: readonly string[]
}

const STEP_END = ['train_step_end']
const EPOCH_END = ['train_step_end', 'val_epoch_end']

/** Trains one step; after the last step of an epoch, it also evaluates the test part. */
async function trainStep({ trainer, features, team }: Session, step: number): Promise<TrainedStep> {
  const lr = trainer.optimizer.paramGroups[0]?.lr ?? Number.NaN
  const result = team === null ? trainer.trainStep(step) : await team.trainStep(trainer, step)
  if (features.isDue(step)) {
    for (const layer of trainer.layers) features.capture(step, layer, trainer.activations(layer))
  }
  const epoch = Math.floor(step / trainer.stepsPerEpoch)
  const metrics = stepMetrics(result, lr)
  const shared = { epoch, loss: result.loss, lr }
  if ((step + 1) % trainer.stepsPerEpoch !== 0) return { ...shared, metrics, events: STEP_END }
  return { ...shared, metrics: { ...metrics, ...testMetrics(trainer.evaluate()) }, events: EPOCH_END }
}

function isSaved(done: number, { checkpointEvery, maxSteps }: RunPlan): boolean {
  return done === maxSteps || (checkpointEvery !== null && done % checkpointEvery === 0)
}

function endDocument({ trainer, document }: Session, last: TrainedStep | null, isEarly: boolean): RunDocument {
  return {
    ...document,
    completed_at: new Date().toISOString(),
    stopped_early: isEarly,
    final_metrics: finite({ ...last?.metrics, ...testMetrics(trainer.evaluate()) }),
    weights_sha256: trainer.weightsSha256(),
  }
}

// A diverged training run has values that JSON cannot represent.
function finite(metrics: Readonly<Record<string, number>>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  )
}
