/**
 * What went wrong with a study.
 *
 * - `unknown-trial`: the trial is not one of this study.
 * - `already-told`: the trial is no longer running.
 * - `other-study`: the storage or document contains a study of other directions, or whose space has no name in common.
 * - `bad-document`: an imported document or a stored event cannot be read.
 * - `no-clock`: heartbeats and abandoned trials need a clock, and the study has none.
 */
export type StudyErrorCode = 'unknown-trial' | 'already-told' | 'other-study' | 'bad-document' | 'no-clock'

/** A study was used in a way that its state does not allow, or was given data that it cannot read. */
export class StudyError extends Error {
  override readonly name = 'StudyError'
  readonly code: StudyErrorCode

  constructor(code: StudyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
