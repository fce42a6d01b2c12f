import type { LedgerLine } from '@hotcb/protocol'
import { type CourseFold, foldCourse, NO_COURSES } from '../../shared/tree/fold-courses.ts'
import type { LedgerListener } from '../ledger-reader.ts'

/** Keeps the courses of one run (the stretches that it trained without going back) in memory, from the lines of its ledger. */
export class CourseReader implements LedgerListener {
  #fold: CourseFold = NO_COURSES

  get courses(): CourseFold['courses'] {
    return this.#fold.courses
  }

  take(line: LedgerLine): void {
    this.#fold = foldCourse(this.#fold, line)
  }

  forget(): void {
    this.#fold = NO_COURSES
  }
}
