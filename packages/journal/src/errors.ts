/** The kind of failure, as a caller needs to distinguish it; the system's own name is in `errno`. */
export type JournalErrorCode =
  | 'missing'
  | 'denied'
  | 'read-only'
  | 'not-a-file'
  /** A link leads out of the allowed directories. */
  | 'outside'
  | 'full'
  | 'too-large'
  | 'busy'
  | 'too-many-files'
  | 'io'

/** A failed file operation, reported without throwing: the errno code (`ENOSPC`) and a one-line message. */
export interface IoFailure {
  readonly code: string
  readonly message: string
}

/** A file that could not be opened, read or replaced. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
  readonly code: JournalErrorCode
  /** The path of the file, as the caller passed it. */
  readonly path: string
  /** The system's error name, such as `ENOENT`; empty if there was none. */
  readonly errno: string

  constructor(code: JournalErrorCode, message: string, path: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.path = path
    this.errno = options?.cause === undefined ? '' : errnoOf(options.cause)
  }
}

/** Creates the `JournalError` for an error that a file system call threw; `doing` is text such as "cannot open `x`". */
export function journalError(doing: string, path: string, cause: unknown): JournalError {
  if (cause instanceof JournalError) return cause
  const errno = errnoOf(cause)
  return new JournalError(codeOf(errno), `${doing}: ${reasonOf(errno, cause)}`, path, { cause })
}

/** Returns the failure as a value, for callers that must not throw into a training loop. */
export function ioFailure(doing: string, cause: unknown): IoFailure {
  if (cause instanceof JournalError) return { code: cause.errno || ownErrno(cause.code), message: cause.message }
  const errno = errnoOf(cause)
  return { code: errno || 'EIO', message: `${doing}: ${reasonOf(errno, cause)}` }
}

/** Returns the errno code for a failure that this package detected itself. */
function ownErrno(code: JournalErrorCode): string {
  if (code === 'outside') return 'EACCES'
  if (code === 'not-a-file') return 'EISDIR'
  return code === 'busy' ? 'EBUSY' : 'EIO'
}

/** Converts a failure value to an error to throw. */
export function failureError(failure: IoFailure, path: string): JournalError {
  return new JournalError(codeOf(failure.code), failure.message, path, { cause: failure })
}

/** Returns the errno name of an error that a system call threw (`ENOENT`); empty text if there is none. */
export function errnoOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' ? cause.code : ''
}

/** Whether a system call failed because the file does not exist. */
export function isMissing(cause: unknown): boolean {
  const errno = errnoOf(cause)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}

const REASONS: Readonly<Record<string, readonly [JournalErrorCode, string]>> = {
  ENOENT: ['missing', 'no such file or directory'],
  ENOTDIR: ['missing', 'a part of its path is not a directory'],
  EACCES: ['denied', 'permission denied'],
  EPERM: ['denied', 'operation not permitted'],
  EROFS: ['read-only', 'the file system is read-only'],
  EISDIR: ['not-a-file', 'it is a directory'],
  ENOSPC: ['full', 'no space left on the device'],
  EDQUOT: ['full', 'the disk quota is used up'],
  EFBIG: ['full', 'the file would be larger than allowed'],
  EBUSY: ['busy', 'it is in use'],
  ETXTBSY: ['busy', 'it is in use'],
  EMFILE: ['too-many-files', 'this process has too many open files'],
  ENFILE: ['too-many-files', 'the system has too many open files'],
  ELOOP: ['missing', 'its symbolic links form a loop'],
  ENAMETOOLONG: ['missing', 'its name is too long'],
  ESTALE: ['io', 'the file server no longer has it'],
  EIO: ['io', 'the device reports an input/output error'],
}

function codeOf(errno: string): JournalErrorCode {
  return REASONS[errno]?.[0] ?? 'io'
}

function reasonOf(errno: string, cause: unknown): string {
  const known = REASONS[errno]?.[1]
  if (known !== undefined) return `${known} (${errno})`
  return cause instanceof Error ? cause.message : String(cause)
}

/** Whether an error comes from the file system, and not from the caller's code. */
export function isSystemError(error: unknown): boolean {
  return error instanceof JournalError || /^E[A-Z\d]+$/.test(errnoOf(error))
}
