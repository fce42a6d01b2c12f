import type { Space } from './dimension.ts'
import { type TrialDocument, toWire } from './event.ts'
import { trialProblem } from './event-check.ts'
import { fitParams } from './fit.ts'
import { createLayout } from './layout.ts'
import { mergeParams } from './params.ts'
import { checkSpace } from './space-check.ts'
import { StudyError } from './study-error.ts'
import type { TrialRecord } from './study-state.ts'
import { messageOf } from './thrown.ts'
import type { StudyDirection } from './trial.ts'

/** A study as plain JSON data, for {@link parseStudyDocument} and `Study.import`. */
export interface StudyDocument {
  readonly version: 1
  readonly space: Space
  readonly direction: StudyDirection
  /** The directions of several objectives; `direction` is the first one. */
  readonly directions?: readonly StudyDirection[]
  readonly trials: readonly TrialDocument[]
}

/** Returns the document of a trial. */
export function trialDocument(trial: TrialRecord): TrialDocument {
  const { params, state, value, values, constraints, reports, ...rest } = trial
  const { reason, userAttrs, owner, startedMs, endedMs, heartbeatMs, retryOf, removed, misfit } = rest
  const said = { reason, userAttrs, owner, startedMs, endedMs, heartbeatMs, retryOf, removed, misfit }
  return {
    params,
    state,
    ...(value === undefined ? {} : { value: toWire(value) }),
    ...(values === undefined ? {} : { values: values.map(toWire) }),
    ...(constraints === undefined ? {} : { constraints: constraints.map(toWire) }),
    ...(reports.length === 0 ? {} : { reports: reports.map((at) => ({ step: at.step, value: toWire(at.value) })) }),
    ...Object.fromEntries(Object.entries(said).filter(([, one]) => one !== undefined)),
  }
}

/**
 * Parses JSON data as a document.
 *
 * A trial must match the document's space, unless its `misfit` states why it does not.
 *
 * @throws StudyError `bad-document`, with the first problem, if it is invalid.
 */
export function parseStudyDocument(data: unknown): StudyDocument {
  if (typeof data !== 'object' || data === null)
    throw bad(`it is ${data === null ? 'null' : typeof data}, not an object`)
  const { version, space, direction, directions, trials } = data as Partial<Record<keyof StudyDocument, unknown>>
  if (version !== 1) throw bad(`it has version ${String(version)}, this library reads version 1`)
  if (!isDirection(direction)) throw bad(`it has direction ${String(direction)}`)
  const several = directions === undefined ? {} : { directions: directionsOf(directions) }
  if (!Array.isArray(trials)) throw bad('it has no list of trials')
  const parsed = parse(() => parseSpace(space))
  checkTrials(trials, parsed)
  return { version, space: parsed, direction, ...several, trials }
}

function directionsOf(directions: unknown): readonly StudyDirection[] {
  if (Array.isArray(directions) && directions.every(isDirection)) return directions
  throw bad('it has `directions` that are not a list of directions')
}

function checkTrials(trials: readonly TrialDocument[], space: Space): void {
  const layout = parse(() => createLayout(space))
  for (const [number, trial] of trials.entries()) {
    const problem = trialProblem(trial)
    if (problem !== undefined) throw bad(`trial ${number} ${problem}`)
    if (trial.misfit !== undefined) continue
    const fit = fitParams(layout, mergeParams(trial.params, trial.removed ?? {}), {})
    if ('problem' in fit) throw bad(`trial ${number}: ${fit.problem}`)
  }
}

/**
 * Parses JSON data as a space. A space is plain data, so `parseSpace(JSON.parse(JSON.stringify(space)))` equals it.
 *
 * @throws TypeError or RangeError if it cannot be searched, naming the parameter and what would be valid.
 */
export function parseSpace(data: unknown): Space {
  const space = data as Space // `checkSpace` accepts anything and throws for an invalid space.
  checkSpace(space)
  return space
}

function isDirection(data: unknown): data is StudyDirection {
  return data === 'minimize' || data === 'maximize'
}

function parse<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw bad(messageOf(cause), cause)
  }
}

function bad(why: string, cause?: unknown): StudyError {
  return new StudyError('bad-document', `the document contains no study: ${why}`, { cause })
}
