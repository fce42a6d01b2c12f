import type { ErrorBody, ErrorCode } from '../shared/wire.ts'
import { pagePath } from './base.ts'

/** An answer of the server that is an error, or no answer at all (`offline`). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode | 'offline'

  constructor(code: ErrorCode | 'offline', message: string) {
    super(message)
    this.code = code
  }
}

/** Calls the API; the caller names the type of the answer. */
export async function ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(pagePath(`api/${path}`), { credentials: 'same-origin', ...init })
  } catch {
    throw new ApiError('offline', 'the dashboard server does not answer')
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body as Answer // The server's answers are typed in shared/wire.ts, which both sides share.
  const error = (body as ErrorBody | undefined)?.error
  throw new ApiError(error?.code ?? 'internal', error?.message ?? `the server answered ${response.status}`)
}

/** Sends JSON. */
export function send<Answer>(path: string, body: unknown, method = 'POST', signal?: AbortSignal): Promise<Answer> {
  return ask(path, {
    method,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
    ...(signal !== undefined && { signal }),
  })
}

/** The address of something of one run. */
export function runPath(id: string, rest = ''): string {
  return `runs/${encodeURIComponent(id)}${rest === '' ? '' : `/${rest}`}`
}
