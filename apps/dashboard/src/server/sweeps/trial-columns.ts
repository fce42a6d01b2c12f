import { jsonOf, newestAttempt, parameterNames, stageOf, type TrialRecord, trialValues } from '@hotcb/sweep'
import type { TrialCourse, TrialCourses, TrialStatus } from '@hotcb/sweep/node'
import { STATES, type TrialColumns } from '../../shared/sweeps/sweep-wire.ts'
import { shortCell, shortNumber } from './cells.ts'
import type { OpenSweep } from './open-sweep.ts'

/** A sweep's trials with the values of one metric. It also records the version in which each trial last changed. */
export interface TrialTable {
  /** Returns the trials that changed since a version that this table returned before; for any other string, all trials. */
  since(version: string | null): Promise<TrialColumns>
}

interface Row {
  readonly i: number
  readonly state: number
  readonly why: string | null
  readonly attempt: number
  readonly step: number | null
  readonly value: number | null
  readonly seconds: number | null
}

/** How long one request may spend reading trial values, in milliseconds. The next requests read the others. */
const READ_MS = 150
/** Shorter for the first answer, so that the page shows the trials soon. Their values follow. */
const FIRST_READ_MS = 30

export function createTrialTable(sweep: OpenSweep, metric: string | null): TrialTable {
  // After a restart, the server counts versions from 1 again. The token distinguishes them.
  const token = Math.random().toString(36).slice(2, 8)
  const rows = new Map<number, { row: Row; version: number }>()
  let newest = 0

  /** Returns the number of trials whose values have not been read. */
  const refresh = async (): Promise<number> => {
    const { trials } = await sweep.status()
    const courses = metric === null ? null : sweep.courses(metric)
    const version = newest + 1
    const until = performance.now() + (rows.size === 0 ? FIRST_READ_MS : READ_MS)
    let unread = 0
    for (const status of trials) {
      const { i } = status.trial
      const before = rows.get(i)?.row
      const record = sweep.workspace.journal.fold.trials.get(i)
      const course = readCourse(courses, record, until)
      if (course === undefined) unread++
      const row = rowOf(status, record, valueNow(course, before))
      if (before !== undefined && isSame(before, row)) continue
      rows.set(i, { row, version })
      newest = version
    }
    return unread
  }

  return {
    async since(asked) {
      const unread = await refresh()
      const [of, text = ''] = (asked ?? '').split(':')
      const isKnown = of === token && /^\d+$/.test(text)
      const after = isKnown ? Number(text) : -1
      const changed = [...rows.values()].filter(({ version }) => version > after).map(({ row }) => row)
      return { version: `${token}:${newest}`, whole: !isKnown, unread, ...columnsOf(sweep, changed) }
    },
  }
}

/** Returns a trial's curve; null if it has none, undefined if there is no time left to read it. */
function readCourse(
  courses: TrialCourses | null,
  record: TrialRecord | undefined,
  until: number,
): TrialCourse | null | undefined {
  if (courses === null || record === undefined) return null
  return courses.isKnown(record) || performance.now() < until ? courses.read(record) : undefined
}

/** Returns the value of a curve, or the previous value until the curve has been read. */
function valueNow(course: TrialCourse | null | undefined, before: Row | undefined): number | null {
  return course === undefined ? (before?.value ?? null) : shortNumber(course?.value)
}

function rowOf(
  { trial, state, reason, attempt, step }: TrialStatus,
  record: TrialRecord | undefined,
  value: number | null,
): Row {
  const { begun, ended } = (record === undefined ? undefined : newestAttempt(record))?.facts ?? {}
  return {
    i: trial.i,
    state: STATES.indexOf(state),
    why: reason === null ? null : reason.slice(0, 200),
    attempt,
    step,
    value,
    // For a running trial, the page counts the seconds.
    seconds: begun === undefined || ended === undefined ? null : Math.max(0, Math.round((ended - begun) * 10) / 10),
  }
}

function isSame(a: Row, b: Row): boolean {
  return (
    a.state === b.state &&
    a.why === b.why &&
    a.attempt === b.attempt &&
    a.step === b.step &&
    a.value === b.value &&
    a.seconds === b.seconds
  )
}

function columnsOf(sweep: OpenSweep, rows: readonly Row[]): Omit<TrialColumns, 'version' | 'whole' | 'unread'> {
  const config = sweep.config()
  const { trials } = sweep.workspace.journal.fold
  const found = rows.map(({ i }) => trials.get(i)?.trial)
  const values = found.map((trial) => (trial === undefined ? {} : jsonOf(trialValues(trial))))
  const isStaged = config.stages.length > 0
  return {
    index: rows.map(({ i }) => i),
    state: rows.map(({ state }) => state),
    why: rows.map(({ why }) => why),
    attempt: rows.map(({ attempt }) => attempt),
    step: rows.map(({ step }) => step),
    value: rows.map(({ value }) => value),
    seconds: rows.map(({ seconds }) => seconds),
    stage: isStaged ? found.map((trial) => (trial === undefined ? null : stageOf(config, trial))) : [],
    parent: isStaged ? found.map((trial) => trial?.parent ?? null) : [],
    params: shownParameters(sweep).map((name) => ({ name, values: values.map((one) => shortCell(one[name])) })),
  }
}

/** Returns the names of the config's parameters and of its seed parameter. */
export function shownParameters(sweep: OpenSweep): readonly string[] {
  const config = sweep.config()
  return [...new Set([...parameterNames(config), ...(config.seeds === null ? [] : [config.seeds.param])])]
}
