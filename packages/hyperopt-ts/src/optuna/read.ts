import type { Dimension, Scalar } from '../dimension.ts'
import { isRecord, type TrialDocument, toWire } from '../event.ts'
import { fitParams } from '../fit.ts'
import { createLayout } from '../layout.ts'
import type { StudyDocument } from '../study-document.ts'
import { StudyError } from '../study-error.ts'
import type { JsonValue, StudyDirection, TrialState } from '../trial.ts'
import { nestParams, spaceOf } from './space.ts'

/** A trial in Optuna's format. */
export interface OptunaTrial {
  state: TrialState | 'waiting'
  values: readonly number[] | undefined
  /** The values by Optuna's names. */
  params: Map<string, Scalar>
  dimensions: Map<string, Dimension>
  reports: { step: number; value: number }[]
  userAttrs: Record<string, JsonValue>
  constraints: readonly number[] | undefined
  startedMs: number | undefined
  endedMs: number | undefined
}

/** The result of {@link fromOptuna}. */
export interface FromOptuna {
  readonly document: StudyDocument
  /** The trials that could not be converted, by Optuna's number, each with the reason. */
  readonly skipped: readonly { readonly number: number; readonly why: string }[]
}

const NAMES: Readonly<Record<string, OptunaTrial['state']>> = {
  RUNNING: 'running',
  COMPLETE: 'complete',
  PRUNED: 'pruned',
  FAIL: 'failed',
  WAITING: 'waiting',
}
const STATES: readonly OptunaTrial['state'][] = ['running', 'complete', 'pruned', 'failed', 'waiting']

/**
 * Reads an Optuna study from the text of a journal file (`JournalFileBackend`) or from the JSON described in the guide.
 *
 * The space is the union of the trials' parameters. A name such as `head.mlp.width` is a parameter of the arm
 * `mlp` if `head` is a choice with that value; any other dot becomes `_`. A parameter that some trials lack becomes a branch of
 * `absent` and `present: { value }`. Waiting trials are skipped.
 *
 * @throws StudyError `bad-document` if the text contains no study, or if it contains several and `name` does not select one.
 */
export function fromOptuna(text: string, options: { readonly name?: string } = {}): FromOptuna {
  const studies = readJson(text) ?? readJournal(text)
  const names = [...studies.keys()]
  const name = options.name ?? (names.length === 1 ? names[0] : undefined)
  const found = name === undefined ? undefined : studies.get(name)
  if (found === undefined) {
    throw new StudyError(
      'bad-document',
      names.length === 0
        ? 'the text contains no Optuna study'
        : `the journal contains the studies ${names.join(', ')}: pass the name of one, got ${String(options.name)}`,
    )
  }
  return documentOf(found.directions, found.trials)
}

function documentOf(directions: readonly StudyDirection[], trials: readonly OptunaTrial[]): FromOptuna {
  const taken = trials.filter(({ state }) => state !== 'waiting')
  const skipped = trials.flatMap(({ state }, number) => (state === 'waiting' ? [{ number, why: 'it is waiting' }] : []))
  const { space, shapes } = spaceOf(taken)
  if (Object.keys(space).length === 0) throw new StudyError('bad-document', 'no trial has a parameter')
  const layout = createLayout(space)
  const documents = taken.map((trial): TrialDocument => {
    const params = nestParams(trial.params, shapes)
    const fit = fitParams(layout, params, {})
    return { params, ...outcomeOf(trial, directions), ...('problem' in fit ? { misfit: fit.problem } : {}) }
  })
  const [direction = 'minimize'] = directions
  const several = directions.length > 1 ? { directions } : {}
  return { document: { version: 1, space, direction, ...several, trials: documents }, skipped }
}

function outcomeOf(trial: OptunaTrial, directions: readonly StudyDirection[]): Omit<TrialDocument, 'params'> {
  const { values, reports, userAttrs, constraints, startedMs, endedMs } = trial
  const state = trial.state === 'waiting' ? 'running' : trial.state
  const whole = values !== undefined && values.length === directions.length && !values.some(Number.isNaN)
  const said = {
    ...(reports.length > 0 ? { reports: reports.map(({ step, value }) => ({ step, value: toWire(value) })) } : {}),
    ...(Object.keys(userAttrs).length > 0 ? { userAttrs } : {}),
    ...(constraints === undefined ? {} : { constraints: constraints.map(toWire) }),
    ...(startedMs === undefined ? {} : { startedMs, heartbeatMs: startedMs }),
    ...(endedMs === undefined ? {} : { endedMs }),
  }
  if (state !== 'complete') return { state, ...said }
  if (!whole) return { state: 'failed', reason: 'it is complete without a value', ...said }
  return {
    state,
    ...(directions.length > 1 ? { values: values.map(toWire) } : { value: toWire(values[0] ?? 0) }),
    ...said,
  }
}

interface OptunaStudy {
  readonly directions: StudyDirection[]
  readonly trials: OptunaTrial[]
}

/** The state that results from the lines of a journal so far. */
interface Journal {
  readonly studies: Map<string, OptunaStudy>
  /** The studies by the numbers that Optuna assigned. */
  readonly byId: (OptunaStudy | undefined)[]
  readonly trials: OptunaTrial[]
}

function readJournal(text: string): Map<string, OptunaStudy> {
  const journal: Journal = { studies: new Map(), byId: [], trials: [] }
  for (const line of text.split('\n')) {
    const log = parseLine(line)
    if (log !== undefined) takeLog(journal, log)
  }
  return journal.studies
}

// The codes are Optuna's `JournalOperation`; the others have no counterpart in our studies.
function takeLog({ studies, byId, trials }: Journal, log: Record<string, unknown>): void {
  const study = byId[Number(log.study_id)]
  const trial = trials[Number(log.trial_id)]
  if (log.op_code === 0) {
    const made = { directions: directionsOf(log.directions), trials: [] }
    byId.push(made)
    studies.set(String(log.study_name), made)
  } else if (log.op_code === 1) {
    for (const [name, one] of studies) if (one === study) studies.delete(name)
  } else if (log.op_code === 4) {
    const made = emptyTrial(log)
    trials.push(made)
    study?.trials.push(made)
  } else if (trial !== undefined) takeTrialLog(trial, log)
}

function takeTrialLog(trial: OptunaTrial, log: Record<string, unknown>): void {
  switch (log.op_code) {
    case 5:
      setParam(trial, log)
      break
    case 6:
      setState(trial, log)
      break
    case 7:
      trial.reports.push({ step: Number(log.step), value: numberOf(log.intermediate_value) })
      break
    case 8:
      Object.assign(trial.userAttrs, log.user_attr)
      break
    case 9:
      if (isRecord(log.system_attr)) trial.constraints = numbersOf(log.system_attr.constraints) ?? trial.constraints
      break
    default:
  }
}

/** Reads a study from a single JSON document, under the name ''. */
function readJson(text: string): Map<string, OptunaStudy> | undefined {
  const data = parseLine(text)
  if (data === undefined || !Array.isArray(data.trials)) return undefined
  const trials = data.trials.filter(isRecord).map((log) => emptyTrial(withInternals(log)))
  return new Map([['', { directions: directionsOf(data.directions), trials }]])
}

/** Converts the values of choices, which JSON contains, to indexes as in a journal. */
function withInternals(log: Record<string, unknown>): Record<string, unknown> {
  const { params, distributions } = log
  if (!isRecord(params) || !isRecord(distributions)) return log
  const internal = Object.entries(params).map(([name, value]) => {
    const distribution = distributions[name]
    const parsed: unknown = typeof distribution === 'string' ? JSON.parse(distribution) : distribution
    const choices = isRecord(parsed) && isRecord(parsed.attributes) ? parsed.attributes.choices : undefined
    return [
      name,
      Array.isArray(choices) ? choices.map((one) => JSON.stringify(one)).indexOf(JSON.stringify(value)) : value,
    ]
  })
  return { ...log, params: Object.fromEntries(internal) }
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (line.trim() === '') return undefined
  // Python writes NaN and Infinity, which JSON does not have.
  const quoted = line.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  )
  try {
    const data: unknown = JSON.parse(quoted)
    return isRecord(data) ? data : undefined
  } catch {
    // This is a partial line from a killed process.
    return undefined
  }
}

function directionsOf(data: unknown): StudyDirection[] {
  const list = Array.isArray(data) ? data : []
  return list.map((one) => (one === 2 || one === 'MAXIMIZE' ? 'maximize' : 'minimize'))
}

function emptyTrial(log: Record<string, unknown>): OptunaTrial {
  const trial: OptunaTrial = {
    state: 'running',
    values: undefined,
    params: new Map(),
    dimensions: new Map(),
    reports: [],
    userAttrs: {},
    constraints: undefined,
    startedMs: timeOf(log.datetime_start),
    endedMs: undefined,
  }
  // A trial that was added complete, or enqueued, has all its data in one line.
  if (log.state !== undefined) setState(trial, log)
  if (log.value !== undefined && log.value !== null) trial.values = [numberOf(log.value)]
  if (isRecord(log.params) && isRecord(log.distributions)) {
    for (const [name, internal] of Object.entries(log.params)) {
      setParam(trial, { param_name: name, param_value_internal: internal, distribution: log.distributions[name] })
    }
  }
  if (isRecord(log.user_attrs)) Object.assign(trial.userAttrs, log.user_attrs)
  if (isRecord(log.system_attrs)) trial.constraints = numbersOf(log.system_attrs.constraints)
  if (isRecord(log.intermediate_values)) {
    for (const [step, value] of Object.entries(log.intermediate_values))
      trial.reports.push({ step: Number(step), value: numberOf(value) })
  }
  return trial
}

function setState(trial: OptunaTrial, log: Record<string, unknown>): void {
  trial.state =
    typeof log.state === 'string' ? (NAMES[log.state] ?? 'running') : (STATES[Number(log.state)] ?? 'running')
  trial.values = numbersOf(log.values) ?? trial.values
  trial.startedMs = timeOf(log.datetime_start) ?? trial.startedMs
  trial.endedMs = timeOf(log.datetime_complete) ?? trial.endedMs
}

function setParam(trial: OptunaTrial, log: Record<string, unknown>): void {
  const name = String(log.param_name)
  const distribution: unknown = typeof log.distribution === 'string' ? JSON.parse(log.distribution) : log.distribution
  if (!isRecord(distribution) || !isRecord(distribution.attributes)) return
  const { low, high, log: isLog, step, choices } = distribution.attributes
  const internal = numberOf(log.param_value_internal)
  if (Array.isArray(choices)) {
    const values = choices.map(
      (one): Scalar => (typeof one === 'object' && one !== null ? JSON.stringify(one) : (one as Scalar)),
    )
    trial.dimensions.set(name, { kind: 'choice', values: [...new Set(values)] })
    trial.params.set(name, values[internal] ?? null)
    return
  }
  const kind = String(distribution.name).startsWith('Int') ? 'int' : 'float'
  const [from, to] = [numberOf(low), numberOf(high)]
  const hasStep = typeof step === 'number' && !(kind === 'int' && step === 1) && step <= to - from
  trial.dimensions.set(name, {
    kind,
    low: from,
    high: to,
    ...(isLog === true ? { log: true } : {}),
    ...(hasStep ? { step } : {}),
  })
  trial.params.set(name, internal)
}

function numberOf(data: unknown): number {
  return data === null || data === undefined ? Number.NaN : Number(data)
}

function numbersOf(data: unknown): number[] | undefined {
  return Array.isArray(data) ? data.map(numberOf) : undefined
}

function timeOf(data: unknown): number | undefined {
  if (typeof data !== 'string') return undefined
  // A time without a zone is the local time of the machine that wrote it; it is used unchanged.
  const time = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(data) ? data : `${data}Z`)
  return Number.isFinite(time) ? time : undefined
}
