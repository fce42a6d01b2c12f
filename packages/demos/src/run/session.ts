import { join } from 'node:path'
import { openAutopilot } from '@hotcb/autopilot/node'
import { openCallbacks } from '@hotcb/cb/node'
import { replaceDocument } from '@hotcb/journal'
import type { Kernel } from '@hotcb/kernel'
import { type Checkpoint, openKernel } from '@hotcb/kernel/node'
import type { FeatureCapture } from '@hotcb/metrics'
import { openFeatureCapture, openMetricsCollector } from '@hotcb/metrics/node'
import { formatDocument, type RunDocument, type RunOrigin, runFiles } from '@hotcb/protocol'
import { readOrigin } from '@hotcb/run/node'
import { openTuner } from '@hotcb/tune/node'
import { DemoError } from '../errors.ts'
import { startTeam, type Team } from '../ranks/team.ts'
import { type Changes, followChanges } from './changes.ts'
import { type AnyTrainer, createTraining } from './create-training.ts'
import { digitsCapabilities, digitsCheckpoints, digitsControls, digitsState } from './digits-run.ts'
import { digitsTwin } from './digits-twin.ts'
import { queueGolden } from './golden.ts'
import { restore } from './restore.ts'
import { KEY_METRIC, type RunPlan, runDocument } from './run-plan.ts'

/** A trainer and the kernel that steers it, at the start of the loop. */
export interface Session {
  readonly trainer: AnyTrainer
  readonly kernel: Kernel
  /** The other ranks; null if this process trains alone. */
  readonly team: Team | null
  readonly features: FeatureCapture
  readonly changes: Changes
  /** The checkpoint that was loaded; null if the run begins at step 0. */
  readonly from: Checkpoint | null
  /** The first step to train. */
  readonly first: number
  /** The current run document. */
  readonly document: RunDocument
}

const FEATURES = { everyN: 100, maxSamples: 64, reduceTo: 10 }

/**
 * Opens the run directory with a trainer in its initial state, or at a checkpoint with all later changes.
 *
 * @param checkpoint The checkpoint to continue from, or a newer one if it is deleted in the meantime; null to begin at step 0.
 * @param say Receives the kernel's notes.
 * @throws {@link DemoError} `recipe` if the recipe to replay does not match the run.
 */
export async function openSession(
  plan: RunPlan,
  checkpoint: Checkpoint | null,
  say: (line: string) => void,
): Promise<Session> {
  const team = plan.ranks > 1 ? startTeam(plan, say) : null
  try {
    return await openWith(team, plan, checkpoint, say)
  } catch (error) {
    team?.close()
    throw error
  }
}

async function openWith(
  team: Team | null,
  plan: RunPlan,
  checkpoint: Checkpoint | null,
  say: (line: string) => void,
): Promise<Session> {
  const { runDir, config, maxSteps } = plan
  const { trainer, controls: own } = await createTraining(plan)
  // Controls are registered with their initial values, before a checkpoint is restored, because the history begins there.
  const state = digitsState(trainer, config, own)
  const checkpoints = digitsCheckpoints(trainer)
  const features = openFeatureCapture(FEATURES)
  // The other ranks read their own copies of the data, in which this process cannot skip anything.
  const controls = team === null ? [digitsControls(trainer)] : []
  const rules = plan.autopilot === null ? [] : [openAutopilot({ ...plan.autopilot, hasDataSkip: team === null })]
  // A second trainer has neither the other ranks' parts, nor a schedule's position, nor the data of `finetune`.
  const hasTwin = team === null && config !== 'digits-cosine' && config !== 'finetune'
  const twin = hasTwin ? { evaluateFrom: digitsTwin(trainer) } : {}
  const tuner = openTuner(runDir, { mode: plan.tune, keyMetric: KEY_METRIC, ...twin })
  const modules = [openCallbacks(), openMetricsCollector(), features, tuner, ...controls, ...rules]
  await team?.ready()
  const kernel = openKernel(runDir, {
    state,
    modules,
    checkpoints,
    log: say,
    ...(team !== null && { collective: team.collective }),
  })
  const changes = followChanges(runDir)
  try {
    replaceDocument(join(runDir, runFiles.capabilities), formatDocument(digitsCapabilities(trainer, config)))
    if (plan.golden) queueGolden(runDir, maxSteps)
    const from = checkpoint === null ? null : restore(runDir, checkpoint, checkpoints.load)
    const first = from?.step ?? 0
    await team?.begin(first, from?.dir ?? null)
    const { stop } = kernel.continueFrom({ step: first, maxSteps }, from?.snapshot)
    if (stop) throw new DemoError('recipe', changes.read().at(-1) ?? 'the recipe cannot be followed')
    // The document is written only now, so that a run that cannot begin can be restarted without `--continue`.
    const document = { ...runDocument(plan, new Date()), origin: plan.before?.origin ?? ownOrigin() }
    writeRunDocument(runDir, document)
    return { trainer, kernel, team, features, changes, from, first, document }
  } catch (error) {
    kernel.close()
    changes.close()
    throw error
  }
}

function ownOrigin(): RunOrigin {
  return readOrigin({ command: process.argv, cwd: process.cwd(), env: process.env })
}

/** Writes `hotcb.run.json`. */
export function writeRunDocument(runDir: string, document: RunDocument): void {
  replaceDocument(join(runDir, runFiles.run), formatDocument(document))
}
