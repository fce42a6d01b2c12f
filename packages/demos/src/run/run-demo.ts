import type { Kernel } from '@hotcb/kernel'
import { type Env, escapeControls, type RunDocument } from '@hotcb/protocol'
import type { DigitsTrainer } from '../digits/trainer.ts'
import { isDivided, type TeamEnd } from '../ranks/team-end.ts'
import { commandName, invitation, summary } from './advice.ts'
import type { DemoOptions } from './demo-options.ts'
import { stepMetrics, testMetrics } from './digits-run.ts'
import { catchInterrupt } from './interrupt.ts'
import { createPace } from './pace.ts'
import { createProgress, type Progress } from './progress.ts'
import { refuseTrained } from './refuse-trained.ts'
import { freezeMode } from './run-folder.ts'
import { isFinished, planRun, type RunPlan } from './run-plan.ts'
import { NO_SCREEN, openScreen, type Screen } from './screen.ts'
import { createServing, type Serving } from './serving.ts'
import { openSession, type Session, writeRunDocument } from './session.ts'

/**
 * Trains handwritten digits in a run directory, to be steered from outside, and gives the exit code: 0 when it came to its
 * end or was stopped by a command, 130 when interrupted.
 *
 * @throws DemoError for what cannot be begun; RecipeError when a strict replay was not followed to the letter.
 */
export async function runDemo(options: DemoOptions = {}): Promise<number> {
  const command = options.command ?? commandName()
  const output = openScreen(options.screen)
  const screen = options.json ? NO_SCREEN : output
  const plan = planRun(options, command)
  if (plan.before !== null && isFinished(plan)) {
    tell(plan.before, null)
    return 0
  }
  if (plan.isContinued) {
    const note = await refuseTrained(plan.runDir, command)
    if (note !== null) screen.write(`note: ${note}\n`)
  }
  const serving = createServing(options.serve, screen)
  try {
    const { exitCode, document, ranks } = await trainAll(plan, command, screen, serving)
    tell(document, ranks)
    if (options.keep && exitCode === 0) await serving.stay()
    return exitCode
  } finally {
    await serving.close()
  }

  function tell(document: RunDocument, ranks: TeamEnd | null): void {
    screen.write(summary(document, plan, command, { ranks, isServable: options.serve !== undefined }))
    if (options.json) output.write(`${escapeControls(JSON.stringify(document))}\n`)
  }
}

interface End {
  readonly exitCode: number
  readonly document: RunDocument
  readonly ranks: TeamEnd | null
}

async function trainAll(plan: RunPlan, command: string, screen: Screen, serving: Serving): Promise<End> {
  let progress: Progress | null = null
  const session = await openSession(plan, (line) => progress?.say(line))
  const { kernel, changes, first, team, trainer } = session
  await serving.start(plan.runDir)
  screen.write(invitation(plan, first, command, { freeze: freezeMode(plan.runDir), pids: team?.pids ?? [] }))
  progress = createProgress(screen, plan.maxSteps, first, () => performance.now())
  const interrupt = catchInterrupt((signal) => endBySignal(kernel, signal, plan))
  try {
    const document = await train(plan, session, progress, () => interrupt.signal !== null)
    const ranks = (await team?.end(trainer.weightsSha256())) ?? null
    const exitCode = interrupt.signal !== null ? 130 : ranks !== null && isDivided(ranks) ? 1 : 0
    return { exitCode, document, ranks }
  } finally {
    progress.end()
    interrupt.release()
    changes.close()
    team?.close()
    kernel.close()
  }
}

// The last steps are not lost where checkpoints are kept.
function endBySignal(kernel: Kernel, signal: string, { checkpointEvery }: RunPlan): void {
  if (checkpointEvery !== null) kernel.save()
  kernel.submit({ module: 'core', op: 'stop', params: { reason: signal }, source: 'trainer' })
}

/** The training loop: a step, a rest, a safe point. There is one safe point a step, so that a replay needs no clock. */
async function train(
  plan: RunPlan,
  session: Session,
  progress: Progress,
  isInterrupted: () => boolean,
): Promise<RunDocument> {
  const { maxSteps, maxTime, stepDelay } = plan
  const { kernel, changes, team } = session
  const pace = createPace(stepDelay, () => performance.now())
  let last: TrainedStep | null = null
  let valAccuracy: number | undefined
  let superseded = false
  let { seq } = kernel
  let step = session.first

  while (step < maxSteps && pace.elapsed() < maxTime) {
    last = await trainStep(session, step)
    const { epoch, metrics, events } = last
    valAccuracy = metrics['val_accuracy'] ?? valAccuracy
    if (isSaved(step + 1, plan)) kernel.save()

    await pace.rest(isInterrupted)
    const env = { step, epoch, phase: 'train', maxSteps, metrics }
    await team?.advance(env, events)
    const result = await kernel.applyAsync(withModel(env, session.trainer), events)
    if (kernel.seq !== seq) {
      for (const line of changes.read()) progress.say(line)
      seq = kernel.seq
    }
    step = result.rewound ?? step + 1
    superseded = result.superseded
    progress.show({ done: step, loss: last.loss, lr: last.lr, valAccuracy })
    if (result.stop || isInterrupted()) break
  }

  const document = endDocument(session, last, step < maxSteps)
  if (!superseded) writeRunDocument(plan.runDir, document)
  return document
}

/** What callbacks may look at besides: gradients are put together only where one asks. */
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

/** Trains one step; after the last of an epoch the test part is looked at. */
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
  return checkpointEvery !== null && (done % checkpointEvery === 0 || done === maxSteps)
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

// A training that has diverged has numbers that JSON has not.
function finite(metrics: Readonly<Record<string, number>>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  )
}
