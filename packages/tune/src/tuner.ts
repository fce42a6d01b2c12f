import type { HotModule, Json, LedgerLine, ModuleContext, SubmittedOp, TuneRecipe, TuneSummary } from '@hotcb/protocol'
import { messageOf } from '@hotcb/protocol'
import { applyTuneOp } from './apply-op.ts'
import { endsValidation } from './course.ts'
import { decide } from './decide.ts'
import { createTunerHistoryFold } from './fold.ts'
import { VALIDATION_EVENTS } from './horizon.ts'
import { saveOp } from './ops.ts'
import { createPlan, type Plan } from './plan.ts'
import { createSight } from './sight.ts'
import { statusOf } from './status.ts'
import { openMutation, type TuneMode, type TunerHistory, type TunerRecord } from './story.ts'
import { summaryOf } from './summary.ts'
import { createTwinDesk, type EvaluateFrom } from './twin.ts'
import type { Answer } from './view.ts'
import { TAGS } from './words.ts'

/** The files for readers. Errors that its functions throw are logged. */
export interface TuneFiles {
  /** Writes all records and the summary when the run is opened. */
  begin(records: readonly TunerRecord[], summary: TuneSummary): void
  /** Appends new records and writes the current summary. */
  add(records: readonly TunerRecord[], summary: TuneSummary): void
}

/** Options for {@link createTuner}. */
export interface TunerOptions {
  /**
   * The mode in which a new run begins. After that, `tune enable` and `tune disable` in the ledger take precedence.
   *
   * @defaultValue 'off'
   */
  readonly mode?: TuneMode
  /** The recipe: what the tuner may change. @defaultValue the learning rate; other decimals only as suggestions */
  readonly recipe?: { readonly recipe: TuneRecipe; readonly document: Json } | undefined
  /** The problems in the recipe. If there are any, the tuner stays off and logs them. @defaultValue none */
  readonly problems?: readonly string[]
  /** The run's key metric, which is the objective if no recipe names one. @defaultValue the most likely one of the reported metrics */
  readonly keyMetric?: string
  /**
   * Reruns steps without a change, so that the change can be judged against them. Used if the recipe has `acceptance.twin: true`.
   *
   * @defaultValue changes are judged by trend and noise
   */
  readonly evaluateFrom?: EvaluateFrom
  /** @defaultValue nothing is written */
  readonly files?: TuneFiles
}

/**
 * Returns the kernel module `tune`, which proposes control changes, judges each one by the objective, and keeps or reverts it.
 * Every change is an op of the control's own module, so that a replay needs no tuner.
 *
 * Its state is a fold over its ledger lines; only its metric observations are private.
 */
export function createTuner(options: TunerOptions = {}): HotModule {
  const fold = createTunerHistoryFold()
  const plan = createPlan(options, fold)
  const { evaluateFrom } = options
  const openDesk = () => (evaluateFrom === undefined ? null : createTwinDesk(evaluateFrom))
  let desk = openDesk()
  let sight = createSight()
  let context: ModuleContext | null = null
  let isValidation = false
  let isPast = false
  let because = 'it is waiting for the first value of its objective'
  let isStarted = false

  function say(message: string): void {
    context?.log(`tune: ${message}`)
  }

  const writer = createWriter(options.files, say)
  const status = (): Json => statusOf(fold.story, { plan, sight, because })

  function record(begin: boolean): void {
    if (context?.superseded !== true) writer.write(begin, fold.story, plan.mode, context?.total ?? null)
  }

  function act({ ops, because: why, problem }: Answer, isPoint: boolean, given: ModuleContext): void {
    if (ops.length > 0 || isPoint) because = why
    for (const op of ops) given.submit(op)
    if (ops.length > 0) say(why)
    if (problem !== undefined) say(problem)
  }

  return {
    name: 'tune',
    attach(given) {
      context = given
      plan.begin(given.controls)
      for (const problem of plan.problems) say(problem)
      if (plan.recipe.acceptance.twin && !plan.hasTwin) say(NO_TWIN)
      for (const op of firstOps(plan, fold.story, options.mode ?? 'off')) given.submit(op)
      // This saves the weights at the start of the run, so that it can go back to them if it never learns.
      if (plan.mode === 'active' && !isPast && plan.recipe.safety.rescue) given.submit(saveOp(TAGS.start))
      record(true)
      isStarted = true
    },
    applyOp: (op) => applyTuneOp(op, { plan, story: fold.story, status }),
    listens: () => VALIDATION_EVENTS,
    onEvent(event) {
      if (endsValidation(event)) isValidation = true
    },
    onLine(line: LedgerLine, past) {
      isPast ||= past
      fold.add(line)
      plan.follow()
      if (isStarted) record(false)
    },
    onSafePoint(env, given) {
      const isEnd = isValidation
      isValidation = false
      const isPoint = sight.see(env, isEnd, plan)
      if (sight.metric === null || !isAwake(isPoint, plan, fold.story) || given.isCatchingUp) return
      const wanted = plan.recipe.acceptance.twin ? desk : null
      const { story } = fold
      const view = sight.view(env, { story, plan, context: given, isPoint, isValidation: isEnd, desk: wanted })
      const answer = decide(view)
      if (answer !== null) act(answer, isPoint, given)
    },
    status,
    snapshot: () => sight.snapshot(),
    restore: (saved) => sight.restore(saved),
    reset() {
      sight = createSight()
      desk = openDesk()
    },
    close: () => record(false),
  }
}

/**
 * Returns an attempt's first ops. Decisions from an earlier attempt are in the ledger; a new run begins in the mode that the trainer
 * requests.
 */
function firstOps({ problems }: Plan, story: TunerHistory, mode: TuneMode): readonly SubmittedOp[] {
  if (story.mode !== null || mode === 'off' || problems.length > 0) return []
  return [{ module: 'tune', op: 'enable', params: { mode }, source: 'trainer' }]
}

/**
 * Whether there may be something to decide. Between two points, only problems count, and only if one of the tuner's own changes can be
 * reverted.
 */
function isAwake(isPoint: boolean, { mode }: Plan, story: TunerHistory): boolean {
  if (mode === 'off' || story.isFrozen) return false
  return isPoint || mode === 'active' || story.ladder !== null || openMutation(story) !== undefined
}

const NO_TWIN = '`acceptance.twin` has no effect because this trainer does not offer `evaluateFrom`'

interface Writer {
  write(begin: boolean, story: TunerHistory, mode: TuneMode, total: number | null): void
}

/** Writes each record once. */
function createWriter(files: TuneFiles | undefined, say: (message: string) => void): Writer {
  let written = 0
  return {
    write(begin, story, mode, total) {
      if (files === undefined || (!begin && story.records.length === written)) return
      const records = begin ? story.records : story.records.slice(written)
      written = story.records.length
      try {
        files[begin ? 'begin' : 'add'](records, summaryOf(story, mode, total))
      } catch (error) {
        say(`its files cannot be written: ${messageOf(error)}`)
      }
    },
  }
}
