import type { JournalError } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import type { ErrorBody, ErrorCode } from '../shared/wire.ts'

/** An answer that is an error: status, code and one clear line. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 421 | 429 | 500 | 503
  readonly code: ErrorCode
  readonly issues: NonNullable<ErrorBody['error']['issues']> | undefined

  constructor(status: Problem['status'], code: ErrorCode, message: string, issues?: Problem['issues']) {
    super(message)
    this.status = status
    this.code = code
    this.issues = issues
  }
}

/** The problem that a client gets for a file that cannot be read or written. It is not a fault of the server. */
export function problemOfFile({ code, message }: JournalError): Problem {
  return code === 'outside' ? new Problem(403, 'forbidden_path', message) : new Problem(503, 'unavailable', message)
}

/** The one envelope of every error. */
export function errorBody(code: ErrorCode, message: string, issues?: ErrorBody['error']['issues']): ErrorBody {
  return { error: issues === undefined ? { code, message } : { code, message, issues } }
}

/** The problem of something that is not there. */
export function notFound(what: string): Problem {
  return new Problem(404, 'not_found', `${what} is not there`)
}

/** The result of a task. A run error in it is the fault of the request. */
export function asProblem<Value>(task: () => Value): Value {
  try {
    return task()
  } catch (error) {
    if (!isRunError(error)) throw error
    throw new Problem(400, 'bad_request', messageOf(error))
  }
}
