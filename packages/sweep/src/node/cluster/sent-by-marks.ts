import type { OpenSubmission, Sent } from '../../executor/executor.ts'
import { readMarks } from '../marks.ts'

/** Returns the submissions of which at least one task has started. The file that marks the start contains the job number. */
export function sentByMarks(
  marksDir: string,
  submissions: readonly OpenSubmission[],
): readonly (readonly [sid: string, sent: Sent])[] {
  const marks = readMarks(
    marksDir,
    submissions.flatMap(({ attempts }) => attempts),
  )
  return submissions.flatMap(({ sid, attempts }) => {
    const begun = attempts.map(([i, n]) => marks.get(`${i}-${n}`)?.begun)
    const [job] = begun.flatMap((one) => (one == null || one.kind === 'local' ? [] : [one.job]))
    return job === undefined ? [] : [[sid, { kind: 'sent', job }] as const]
  })
}

/** The maximum number of seconds for which a submit command may keep running after the hotcb process that started it was killed. */
export const SUBMIT_SECONDS = 90
