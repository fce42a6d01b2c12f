import type { OpenSubmission, Sent } from '../../executor/executor.ts'
import { readMarks } from '../marks.ts'

/** Submissions of which a task has begun: its mark names the job. */
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

/** How long a submit command of ours may keep running after its caller was killed. */
export const SUBMIT_SECONDS = 90
