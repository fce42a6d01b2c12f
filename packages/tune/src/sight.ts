import { directionOf } from '@hotcb/metrics/judge'
import { type Env, isObject, type Json, type ModuleContext } from '@hotcb/protocol'
import { type Course, createCourse } from './course.ts'
import { chooseObjective, chooseTrainMetric } from './objective.ts'
import { phaseOf } from './phase.ts'
import type { Plan } from './plan.ts'
import type { TunerHistory } from './story.ts'
import type { TwinDesk } from './twin.ts'
import { readTwin } from './twin-request.ts'
import type { View } from './view.ts'

/** The observations of a tuner in a training run: the chosen metrics and their history. This is private state. */
export interface Sight {
  readonly course: Course
  /** The objective; null until it has been reported. */
  readonly metric: string | null
  /** Processes a safe point. @returns Whether a point ended there. */
  see(env: Env, isValidation: boolean, plan: Plan): boolean
  view(env: Env, now: Now): View
  snapshot(): Json
  restore(saved: Json): void
}

/** The inputs for a view, other than observations. */
export interface Now {
  readonly story: TunerHistory
  readonly plan: Plan
  readonly context: ModuleContext
  readonly isPoint: boolean
  readonly isValidation: boolean
  /** The desk that requests twins; null if the recipe does not use them or the trainer does not offer them. */
  readonly desk: TwinDesk | null
}

/** The number of steps after which the objective is chosen if no validation run has ended. */
const CHOOSE_AFTER = 50

export function createSight(): Sight {
  const course = createCourse()
  let names = new Set<string>()
  let metric: string | null = null
  let train: string | null = null
  let steps = 0

  // Called at the end of a validation run, when all metrics have been reported, and again while the requested metric is missing.
  function choose(plan: Plan): void {
    const all = [...names]
    const chosen = chooseObjective(plan.recipe, all, plan)
    if (chosen === undefined) return
    metric = chosen
    const direction = plan.isDerived ? (directionOf(chosen) ?? 'min') : plan.recipe.objective.mode
    course.turn(direction === 'max' ? -1 : 1)
    // An objective that should rise is not a loss, because its rise would look like divergence.
    train ??= chooseTrainMetric(all, direction === 'max' ? undefined : chosen) ?? null
  }

  function look(env: Env, isValidation: boolean, plan: Plan): void {
    steps++
    for (const name of Object.keys(env.metrics ?? {})) names.add(name)
    train ??= chooseTrainMetric([...names], undefined) ?? null
    const isDue = plan.horizon.kind === 'steps' ? steps >= plan.horizon.every : isValidation || steps >= CHOOSE_AFTER
    if (isDue) choose(plan)
  }

  return {
    course,
    get metric() {
      return metric
    },
    see(env, isValidation, plan) {
      if (metric === null) look(env, isValidation, plan)
      const { metrics } = env
      const reported = numberOf(env['loss'])
      const loss = train === null ? undefined : numberOf(metrics?.[train])
      return course.see(
        env.step,
        {
          objective: metric === null ? undefined : numberOf(metrics?.[metric]),
          // A non-finite `loss` from the trainer counts, regardless of the metric.
          train: reported === null ? null : loss === undefined ? reported : loss,
          isValidation,
        },
        plan.horizon,
      )
    },
    view: (env, now) => viewOf(env, now, { course, metric: metric ?? '' }),
    snapshot: () => ({ metric, train, names: metric === null ? [...names] : [], steps, course: course.snapshot() }),
    restore(saved) {
      if (!isObject(saved)) return
      const from = saved as Readonly<Record<string, Json>>
      metric = typeof from['metric'] === 'string' ? from['metric'] : null
      train = typeof from['train'] === 'string' ? from['train'] : null
      names = new Set(Array.isArray(from['names']) ? from['names'].filter((one) => typeof one === 'string') : [])
      steps = typeof from['steps'] === 'number' ? from['steps'] : 0
      course.restore(from['course'] ?? null)
    },
  }
}

/** Returns the input for a decision at this step. */
function viewOf(env: Env, now: Now, { course, metric }: { readonly course: Course; readonly metric: string }): View {
  const { story, plan, context, isPoint, isValidation, desk } = now
  const { recipe, horizon, mode } = plan
  const { total } = context
  let knobs: View['knobs'] | null = null
  return {
    story,
    course,
    recipe,
    horizon,
    mode,
    total,
    isPoint,
    metric,
    // Controls are described only when a decision needs them, because most steps need no decision.
    get knobs() {
      knobs ??= plan.knobs(context.controls).knobs
      return knobs
    },
    get phase() {
      return phaseOf(recipe.phases, env.step, total)
    },
    step: env.step,
    epoch: typeof env.epoch === 'number' ? env.epoch : null,
    event: isValidation ? 'val_epoch_end' : null,
    isAnomaly: Boolean(env['anomaly_critical']),
    twin: (mutation) => readTwin(mutation, { desk, story, context, course }),
  }
}

/** Returns a metric as a number: null if it is not finite, undefined if it is not a number. */
function numberOf(value: unknown): number | null | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return value === null ? null : undefined
}
