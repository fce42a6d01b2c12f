import type { Axis } from '../axis.ts'
import type { Scalar } from '../dimension.ts'
import { fromWire, type TrialDocument, type WireNumber } from '../event.ts'
import { fitParams } from '../fit.ts'
import { createLayout, type Layout } from '../layout.ts'
import { mergeParams } from '../params.ts'
import { parseStudyDocument, type StudyDocument } from '../study-document.ts'

const STATES = { running: 0, complete: 1, pruned: 2, failed: 3 } as const

/**
 * Converts a study to the text of a journal file that Optuna reads with `JournalFileBackend`.
 *
 * A branch becomes a choice of its arms, and an arm's parameter is named after its path, `head.mlp.width`. {@link fromOptuna}
 * converts them back to branches. A `normal` parameter gets bounds ten standard deviations from its mean. Trials that do not
 * match the space are left out.
 *
 * @throws StudyError `bad-document`.
 */
export function toOptuna(document: StudyDocument, options: { readonly name?: string } = {}): string {
  const { space, direction, directions = [direction], trials } = parseStudyDocument(document)
  const layout = createLayout(space)
  const worker = { worker_id: 'hyperopt-ts' }
  const lines: object[] = [
    {
      op_code: 0,
      ...worker,
      study_name: options.name ?? 'hyperopt-ts',
      directions: directions.map((one) => (one === 'minimize' ? 1 : 2)),
    },
  ]
  let id = 0
  for (const trial of trials) {
    const fit = fitParams(layout, mergeParams(trial.params, trial.removed ?? {}), {})
    if ('problem' in fit) continue
    lines.push(...trialLines(trial, fit.point, layout, id++).map((line) => ({ ...line, ...worker })))
  }
  return `${lines.map(pythonJson).join('\n')}\n`
}

function trialLines(trial: TrialDocument, point: Float64Array, layout: Layout, id: number): object[] {
  const { state, value, values = value === undefined ? undefined : [value], reports = [], userAttrs = {} } = trial
  const lines: object[] = [{ op_code: 4, study_id: 0, datetime_start: dateOf(trial.startedMs ?? 0) }]
  for (const [i, axis] of layout.axes.entries()) {
    const coordinate = point[i] ?? Number.NaN
    if (Number.isNaN(coordinate)) continue
    const { internal, distribution } = optunaParam(axis, axis.value(coordinate))
    lines.push({
      op_code: 5,
      trial_id: id,
      param_name: axis.path,
      param_value_internal: internal,
      distribution: JSON.stringify(distribution),
    })
  }
  for (const { step, value: reported } of reports) {
    lines.push({ op_code: 7, trial_id: id, step: Math.round(step), intermediate_value: new Bare(reported) })
  }
  for (const [key, attr] of Object.entries(userAttrs))
    lines.push({ op_code: 8, trial_id: id, user_attr: { [key]: attr } })
  if (trial.constraints !== undefined) {
    lines.push({
      op_code: 9,
      trial_id: id,
      system_attr: { constraints: trial.constraints.map((one) => new Bare(one)) },
    })
  }
  if (state === 'running') return lines
  lines.push({
    op_code: 6,
    trial_id: id,
    state: STATES[state],
    values: values?.map((one) => new Bare(one)) ?? null,
    datetime_complete: dateOf(trial.endedMs ?? trial.startedMs ?? 0),
  })
  return lines
}

/** A number in Python's notation: NaN and Infinity without quotes. */
class Bare {
  readonly text: string

  constructor(value: WireNumber) {
    const number = fromWire(value) ?? Number.NaN
    this.text = String(number)
  }

  toJSON(): string {
    return `\u0000${this.text}\u0000`
  }
}

function pythonJson(line: object): string {
  return JSON.stringify(line).replace(/"\\u0000([^"\\]*)\\u0000"/g, '$1')
}

function optunaParam(axis: Axis, value: Scalar): { internal: number; distribution: object } {
  const { dimension } = axis
  switch (dimension.kind) {
    case 'float':
    case 'int': {
      const name = dimension.kind === 'float' ? 'FloatDistribution' : 'IntDistribution'
      const step = dimension.step ?? (dimension.kind === 'int' ? 1 : null)
      const attributes = { low: dimension.low, high: dimension.high, log: dimension.log ?? false, step }
      return { internal: Number(value), distribution: { name, attributes } }
    }
    case 'normal': {
      const reach = 10 * dimension.std
      // The bounds apply to its logarithm.
      const ends = dimension.log
        ? { low: Number.MIN_VALUE, high: Number.MAX_VALUE, log: true }
        : { low: dimension.mean - reach, high: dimension.mean + reach, log: false }
      return {
        internal: Number(value),
        distribution: { name: 'FloatDistribution', attributes: { ...ends, step: null } },
      }
    }
    default: {
      const choices = dimension.kind === 'branch' ? Object.keys(dimension.arms) : dimension.values
      const distribution = { name: 'CategoricalDistribution', attributes: { choices } }
      return { internal: choices.indexOf(value as never), distribution }
    }
  }
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00')
}
