/**
 * The kinds of problems with a study.
 *
 * - `unknown-trial`: the trial is not one of this study's trials.
 * - `already-told`: the trial is no longer running.
 * - `other-study`: the storage or document contains a study with different directions, or one whose space has no names in common.
 * - `bad-document`: an imported document or a stored event cannot be read.
 * - `no-clock`: heartbeats and abandoned trials need a clock, and the study has none.
 */
export type StudyErrorCode = 'unknown-trial' | 'already-told' | 'other-study' | 'bad-document' | 'no-clock'

/** Thrown if a study's state does not allow an operation, or if the study cannot read some data. */
export class StudyError extends Error {
  override readonly name = 'StudyError'
  readonly code: StudyErrorCode

  constructor(code: StudyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
