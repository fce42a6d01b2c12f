import type { JournalError } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import type { ErrorBody, ErrorCode } from '../shared/wire.ts'

/** An error answer: status, code and one clear line. */
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

/** Returns the problem that a client receives if a file cannot be read or written. The server is not at fault. */
export function problemOfFile({ code, message }: JournalError): Problem {
  return code === 'outside' ? new Problem(403, 'forbidden_path', message) : new Problem(503, 'unavailable', message)
}

/** Creates the body for an error answer. All error answers have this format. */
export function errorBody(code: ErrorCode, message: string, issues?: ErrorBody['error']['issues']): ErrorBody {
  return { error: issues === undefined ? { code, message } : { code, message, issues } }
}

/** Creates the problem for something that does not exist. */
export function notFound(what: string): Problem {
  return new Problem(404, 'not_found', `${what} does not exist`)
}

/** Returns the result of a task. If the task throws a run error, the request fails with that problem. */
export function asProblem<Value>(task: () => Value): Value {
  try {
    return task()
  } catch (error) {
    if (!isRunError(error)) throw error
    throw new Problem(400, 'bad_request', messageOf(error))
  }
}
