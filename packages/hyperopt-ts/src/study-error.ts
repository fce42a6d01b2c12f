/**
 * What went wrong with a study.
 *
 * - `unknown-trial`: the trial is not one of this study.
 * - `already-told`: the trial is no longer running.
 * - `other-study`: the storage holds a study of another space or direction.
 * - `bad-document`: an imported document or a stored event cannot be read.
 */
export type StudyErrorCode = 'unknown-trial' | 'already-told' | 'other-study' | 'bad-document'

/** A study was used in a way that its state does not allow, or was given data that it cannot read. */
export class StudyError extends Error {
  override readonly name = 'StudyError'
  readonly code: StudyErrorCode

  constructor(code: StudyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
