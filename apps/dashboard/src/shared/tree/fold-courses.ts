import { type LedgerLine, type Maker, readAttempt } from '@hotcb/protocol'
import type { Course } from './tree-wire.ts'

/** The state after some ledger lines. */
export interface CourseFold {
  readonly courses: readonly Course[]
  /** The newest attempt; 0 before the first. */
  readonly attempt: number
  /** The newest checkpoint load. The next line is its seam, the line that records that training continues from another step. */
  readonly load: { readonly tag: string; readonly by: Maker } | null
}

/** The state before the first line. */
export const NO_COURSES: CourseFold = { courses: [], attempt: 0, load: null }

/** Adds the next ledger line. Only a seam that undoes steps (`cut`) opens a course; a restart continues the previous one. */
export function foldCourse(fold: CourseFold, line: LedgerLine): CourseFold {
  const opened = readAttempt(line)
  if (opened === null) return { ...fold, load: loadOf(line, fold.attempt) }
  if (opened.n < fold.attempt) return fold
  const { cut, step, seq } = line.payload ?? {}
  const isSeam = cut === true && typeof step === 'number'
  const courses = isSeam ? withSeam(fold, line, opened.n, step, typeof seq === 'number' ? seq : null) : fold.courses
  return { courses: courses.length === 0 ? [firstCourse(opened.n)] : courses, attempt: opened.n, load: null }
}

/** Returns the course on which a checkpoint was saved: the newest one that was open at its ledger line. */
export function courseAt(courses: readonly Course[], seq: number): Course | undefined {
  return courses.findLast((course) => course.seq <= seq) ?? courses[0]
}

function firstCourse(attempt: number): Course {
  return { attempt, seq: 0, from: 0, to: null, parent: null, tag: null, by: null }
}

function withSeam(
  { courses, load, attempt }: CourseFold,
  line: LedgerLine,
  next: number,
  from: number,
  seq: number | null,
): readonly Course[] {
  const before = courses.length === 0 ? [firstCourse(attempt)] : courses
  const last = before.at(-1)
  if (last === undefined) return before
  const left = { ...last, to: Math.max(last.from, (line.step ?? from) + 1) }
  // A copied checkpoint refers to a line of this ledger too, so its seam has a `seq`.
  const origin = seq === null ? left : (courseAt(before, seq) ?? left)
  const opened = { attempt: next, seq: line.seq, from, to: null, parent: origin.attempt, tag: load?.tag ?? null }
  return [...before.slice(0, -1), left, { ...opened, by: load?.by ?? null }]
}

function loadOf(line: LedgerLine, attempt: number): CourseFold['load'] {
  const { module, op, decision, payload, source, author } = line
  if (module !== 'core' || op !== 'checkpoint' || decision !== 'applied') return null
  if (line.attempt !== null && line.attempt < attempt) return null
  const { action, tag } = payload ?? {}
  return action === 'load' && typeof tag === 'string' ? { tag, by: { source, author } } : null
}
