import { messageOf } from '@hotcb/protocol'
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { AxisKnots, CompareCourse, CompareFacts, CompareSeries } from '../../shared/compare-wire.ts'
import { send } from '../api.ts'

/** One run's curves, by metric. */
export type RunCourses = ReadonlyMap<string, CompareCourse>

/** The data about the compared runs. */
export interface CompareStore {
  readonly facts: ReadonlySignal<readonly CompareFacts[] | undefined>
  readonly axes: ReadonlySignal<Readonly<Record<string, AxisKnots>>>
  /** The curves, by run. */
  readonly courses: ReadonlySignal<ReadonlyMap<string, RunCourses>>
  readonly problem: ReadonlySignal<string | null>
  /** Reads the facts about these runs, and discards those of the previous runs. */
  setRuns(runs: readonly string[]): void
  /** From now on, reads the times and epochs of the runs too. */
  wantAxes(): void
  /** Reads these metrics of all runs, unless they are known for this span of steps. */
  want(names: readonly string[], span: StepSpan): void
  close(): void
}

/** The visible steps; null is the start or the end of the run. */
export interface StepSpan {
  readonly from: number | null
  readonly to: number | null
}

/** Opens a store. It rereads every few seconds while a run is alive or a file is still being read. */
export function openCompareStore(): CompareStore {
  const facts = signal<readonly CompareFacts[] | undefined>(undefined)
  const axes = signal<Readonly<Record<string, AxisKnots>>>({})
  const courses = signal<ReadonlyMap<string, RunCourses>>(new Map())
  const problem = signal<string | null>(null)
  let runs: readonly string[] = []
  let wanted = new Map<string, string>()
  let spans = new Map<string, StepSpan>()
  let wantsAxes = false
  const attempt = (task: Promise<void>): void => {
    task.then(
      () => {
        problem.value = null
      },
      (error: unknown) => {
        problem.value = messageOf(error)
      },
    )
  }
  async function readFacts(asked: readonly string[]): Promise<void> {
    const answer = await send<{ readonly runs: readonly CompareFacts[] }>('compare/facts', { runs: asked })
    if (asked === runs) facts.value = answer.runs
  }
  async function readAxes(asked: readonly string[]): Promise<void> {
    const answer = await send<{ readonly axes: Readonly<Record<string, AxisKnots>> }>('compare/axes', { runs: asked })
    if (asked === runs) axes.value = answer.axes
  }
  async function readSeries(asked: readonly string[], names: readonly string[], span: StepSpan): Promise<void> {
    const body = { runs: asked, names, ...span, pixels: PIXELS }
    const answer = await send<CompareSeries>('compare/series', body)
    if (asked !== runs) return
    // The requested span may have changed in the meantime.
    courses.value = withCourses(courses.value, answer, (name) => spans.get(name) === span)
  }
  const again = setInterval(() => {
    if (document.visibilityState !== 'visible' || runs.length === 0 || facts.value === undefined) return
    const isLive = facts.value.some(({ status }) => status === 'running' || status === 'paused')
    const isUnread = [...courses.value.values()].some((all) => [...all.values()].some(({ complete }) => !complete))
    if (isLive) {
      attempt(readFacts(runs))
      if (wantsAxes) attempt(readAxes(runs))
    }
    if (!isLive && !isUnread) return
    for (const [name, span] of spans) attempt(readSeries(runs, [name], span))
  }, REFRESH_MS)
  return {
    facts,
    axes,
    courses,
    problem,
    setRuns(next) {
      if (next.join('\n') === runs.join('\n')) return
      runs = next
      facts.value = undefined
      courses.value = new Map()
      axes.value = {}
      wanted = new Map()
      spans = new Map()
      if (next.length === 0) return
      attempt(readFacts(next))
      if (wantsAxes) attempt(readAxes(next))
    },
    wantAxes() {
      if (wantsAxes) return
      wantsAxes = true
      if (runs.length > 0) attempt(readAxes(runs))
    },
    want(names, span) {
      const key = `${span.from}~${span.to}`
      const missing = names.filter((name) => wanted.get(name) !== key)
      if (missing.length === 0 || runs.length === 0) return
      for (const name of missing) {
        wanted.set(name, key)
        spans.set(name, span)
      }
      attempt(readSeries(runs, missing, span))
    },
    close: () => clearInterval(again),
  }
}

const PIXELS = 280
const REFRESH_MS = 4000

/** Adds the curves in an answer to the known ones, if they are still wanted. */
function withCourses(
  known: ReadonlyMap<string, RunCourses>,
  { runs }: CompareSeries,
  isWanted: (name: string) => boolean,
): ReadonlyMap<string, RunCourses> {
  const next = new Map(known)
  for (const { id, courses } of runs) {
    const kept = new Map(next.get(id))
    for (const course of courses) if (isWanted(course.name)) kept.set(course.name, course)
    next.set(id, kept)
  }
  return next
}

/** Returns all of the runs' metrics, sorted by name. */
export function metricNames(store: CompareStore): ReadonlySignal<readonly string[]> {
  return computed(() => {
    const names = new Set((store.facts.value ?? []).flatMap(({ metrics }) => Object.keys(metrics)))
    return [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  })
}
