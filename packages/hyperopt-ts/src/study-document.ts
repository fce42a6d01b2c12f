import type { Space } from './dimension.ts'
import { type TrialDocument, toWire, trialProblem } from './event.ts'
import { createLayout, encodeParams } from './layout.ts'
import { checkSpace } from './space-check.ts'
import { StudyError } from './study-error.ts'
import type { Direction, Trial } from './trial.ts'

/** A study as plain JSON data: what {@link parseStudyDocument} reads and `Study.import` takes. */
export interface StudyDocument {
  readonly version: 1
  readonly space: Space
  readonly direction: Direction
  readonly trials: readonly TrialDocument[]
}

/** The document of a trial. */
export function trialDocument(trial: Trial): TrialDocument {
  const { params, state, value, reason, reports } = trial
  return {
    params,
    state,
    ...(value === undefined ? {} : { value: toWire(value) }),
    ...(reason === undefined ? {} : { reason }),
    ...(reports.length === 0 ? {} : { reports: reports.map((at) => ({ step: at.step, value: toWire(at.value) })) }),
  }
}

/**
 * The document that JSON data holds.
 *
 * @throws StudyError `bad-document` when it is none, naming the first thing that is wrong.
 */
export function parseStudyDocument(data: unknown): StudyDocument {
  if (typeof data !== 'object' || data === null)
    throw bad(`it is ${data === null ? 'null' : typeof data}, not an object`)
  const { version, space, direction, trials } = data as Partial<Record<keyof StudyDocument, unknown>>
  if (version !== 1) throw bad(`it has version ${String(version)}, this library reads version 1`)
  if (direction !== 'minimize' && direction !== 'maximize') throw bad(`it has direction ${String(direction)}`)
  if (!Array.isArray(trials)) throw bad('it has no list of trials')
  const parsed = parse(() => parseSpace(space))
  const layout = parse(() => createLayout(parsed))
  for (const [number, trial] of trials.entries()) {
    const problem = trialProblem(trial)
    if (problem !== undefined) throw bad(`trial ${number} ${problem}`)
    parse(() => encodeParams(layout, trial.params), `trial ${number}: `)
  }
  return { version, space: parsed, direction, trials }
}

/**
 * The space that JSON data holds. A space is plain data, so `parseSpace(JSON.parse(JSON.stringify(space)))` equals it.
 *
 * @throws TypeError or RangeError when it cannot be searched, naming the parameter and what would be right.
 */
export function parseSpace(data: unknown): Space {
  const space = data as Space // `checkSpace` takes anything and throws at what is not a space.
  checkSpace(space)
  return space
}

function parse<T>(read: () => T, where = ''): T {
  try {
    return read()
  } catch (cause) {
    throw bad(`${where}${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

function bad(why: string, cause?: unknown): StudyError {
  return new StudyError('bad-document', `the document holds no study: ${why}`, { cause })
}
