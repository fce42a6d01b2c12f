import { type ActionRecord, type AutopilotMode, isAiMode, type KeyMetric } from '@hotcb/autopilot'
import { answerDecided, approve, readAiStatus, readAutopilotHistory, reject } from '@hotcb/autopilot/node'
import { type Json, type LedgerLine, type MetricRecord, metricValue } from '@hotcb/protocol'
import type { Draft, DraftConditions } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import type { LaunchPlan } from '../plan.ts'
import { createAsker, type SendWith } from './asker.ts'
import { aiOverrides, type Beside } from './beside.ts'
import type { Events, LaunchEvent } from './events.ts'
import type { KeeperJob } from './keeper-job.ts'
import type { LaunchEnd } from './launch-end.ts'
import type { LaunchPorts } from './ports.ts'
import { latestMetrics } from './run-document.ts'
import { watchTraining } from './watch-training.ts'

/** A launched run, which the caller can watch and control. */
export interface LaunchHandle {
  /** The absolute path of the run directory. */
  readonly runDir: string
  /** The address of the dashboard; null without one. */
  readonly url: string | null
  /** The mode of the autopilot. */
  readonly autopilot: AutopilotMode
  readonly keyMetric: KeyMetric | null
  /** The ID of the training process; null once it has ended. */
  readonly pid: number | null
  /** Whether the training is running. */
  readonly isRunning: boolean
  /** Returns the last value of every metric; null for a value that is not finite. */
  latest(): Readonly<Record<string, number | null>>
  /** Returns the last records of all metrics, oldest first. @param count Default 100. */
  metrics(count?: number): readonly MetricRecord[]
  /** Returns the last values of one metric, oldest first. @param count Default 1000. */
  history(name: string, count?: number): readonly { readonly step: number; readonly value: number | null }[]
  /**
   * Changes controls that belong to one module, and returns the ledger line; its `decision` states whether the change was applied.
   *
   * @throws {@link LaunchError} `bad-option` for keys from two modules, or for unknown keys; `no-answer`.
   */
  set(values: Readonly<Record<string, Json>>, conditions?: SendWith): Promise<LedgerLine>
  /** Sends any command, and returns its ledger line. @throws {@link LaunchError} `no-answer` */
  send(command: Draft, conditions?: SendWith): Promise<LedgerLine>
  pause(conditions?: SendWith): Promise<LedgerLine>
  resume(conditions?: SendWith): Promise<LedgerLine>
  /** Saves a checkpoint. @param tag Default: `step-<S>`. */
  save(tag?: string, conditions?: SendWith): Promise<LedgerLine>
  /**
   * Stops the training: sends `stop`, then SIGTERM, then SIGKILL. Each further call escalates to the next one immediately.
   *
   * @throws {@link LaunchError} `held` if its keeper is on a different machine and it has no kernel.
   */
  stop(): Promise<LaunchEnd>
  /** Waits for the end of the training, then closes the dashboard and the autopilot. */
  wait(): Promise<LaunchEnd>
  /** Yields events from now on, until the training ends. */
  events(): AsyncIterableIterator<LaunchEvent>
  /** Returns the rules' proposals that have not been answered yet. */
  proposals(): readonly ActionRecord[]
  /** Approves a proposal, and returns the ledger line. @throws {@link LaunchError} `bad-option`, `no-answer` */
  approve(id: string, note?: string): Promise<LedgerLine>
  /** Rejects a proposal. */
  reject(id: string, note?: string): Promise<LedgerLine>
  aiStatus(): AiStatus
  /**
   * Starts the next run, if the model abandoned this one (`declare_rerun`) and its stop was applied. It is the same training with the same
   * options, and its model is shown the lessons from this run. Call it when the training has ended.
   *
   * @returns Null if the model did not request one.
   * @throws {@link LaunchError}
   */
  rerun(): Promise<LaunchHandle | null>
  /** Closes the dashboard and the autopilot. The training continues: `launch({ resume: runDir })` attaches to it again. */
  close(): Promise<void>
}

/** The language model of a run. */
export interface AiStatus {
  /** Whether the run's autopilot mode uses a model. */
  readonly isAvailable: boolean
  /** The model's latest reasoning, or why there is none. */
  readonly reason: string
  readonly model: string
  readonly budgetUsd: number
  readonly spentUsd: number
  readonly cadence: number
}

interface HandleParts extends Pick<LaunchHandle, 'rerun'> {
  readonly run: Run
  readonly plan: LaunchPlan
  readonly ports: LaunchPorts
  readonly job: KeeperJob
  readonly beside: Beside
  readonly events: Events
}

export function createHandle({ run, plan, ports, job, beside, events, rerun }: HandleParts): LaunchHandle {
  const training = watchTraining(run, job, events)
  const asker = createAsker(run, training, { source: ports.source ?? 'api', author: ports.author })
  const core = (op: string, params: Record<string, Json> | null, conditions?: DraftConditions): Promise<LedgerLine> =>
    asker.send({ module: 'core', op, params }, conditions)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= closeAll()
    return closed
  }

  async function closeAll(): Promise<void> {
    training.close()
    events.close()
    await beside.close()
  }

  async function wait(): Promise<LaunchEnd> {
    const end = await training.ended
    await close()
    return end
  }

  // Everything is closed after the training, so that a program that does not call `wait` can exit.
  void training.ended.then(close, () => undefined)

  return {
    runDir: run.dir,
    url: beside.url,
    autopilot: plan.autopilot,
    keyMetric: plan.keyMetric,
    get pid() {
      return training.pid
    },
    get isRunning() {
      return training.isRunning
    },
    latest: () => latestMetrics(run),
    metrics: (count = 100) => run.last('metrics', count).map(({ value }) => value),
    history: (name, count = 1000) => historyOf(run, name, count),
    set: (values, conditions) => asker.set(values, conditions),
    send: (command, conditions) => asker.send(command, conditions),
    pause: (conditions) => core('pause', null, conditions),
    resume: (conditions) => core('resume', null, conditions),
    save: (tag, conditions) => core('checkpoint', { action: 'save', ...(tag !== undefined && { tag }) }, conditions),
    async stop() {
      await training.stop()
      return wait()
    },
    wait,
    events: () => events.follow(),
    proposals: () => readAutopilotHistory(run).actions.filter(({ state }) => state === 'open'),
    approve: (id, note) => answer(run, ports, 'approve', id, note),
    reject: (id, note) => answer(run, ports, 'reject', id, note),
    aiStatus: () => aiStatusOf(run, plan, ports),
    rerun,
    close,
  }
}

function historyOf(run: Run, name: string, count: number): { readonly step: number; readonly value: number | null }[] {
  const records = run.last('metrics', count, ({ value }) => metricValue(value.metrics[name]) !== undefined)
  return records.map(({ value }) => ({ step: value.step, value: metricValue(value.metrics[name]) ?? null }))
}

const ANSWER_MS = 30_000

async function answer(
  run: Run,
  { source = 'api', author }: LaunchPorts,
  verdict: 'approve' | 'reject',
  id: string,
  note: string | undefined,
): Promise<LedgerLine> {
  const written = (verdict === 'approve' ? approve : reject)(run, id, { author: author ?? null, source, note })
  if (!written.ok) throw new LaunchError('bad-option', written.reason)
  const { lines } = await answerDecided(run, written.answer, { timeoutMs: ANSWER_MS })
  const [line] = lines
  if (line === undefined) throw new LaunchError('no-answer', `\`${id}\`: the trainer has not answered`)
  return line
}

function aiStatusOf(run: Run, plan: LaunchPlan, { env = process.env }: LaunchPorts): AiStatus {
  const { model, cadence, budgetUsd, spentUsd, last } = readAiStatus(run, env, aiOverrides(plan))
  const isAvailable = isAiMode(plan.autopilot)
  const reason = last?.reasoning ?? last?.error ?? 'it has not answered yet'
  return {
    isAvailable,
    reason: isAvailable ? reason : `the mode is ${plan.autopilot}`,
    model,
    budgetUsd: budgetUsd ?? Number.POSITIVE_INFINITY,
    spentUsd,
    cadence,
  }
}
