import type { ErrorBody, ErrorCode } from '../shared/wire.ts'
import { pagePath } from './base.ts'

/** An error answer from the server, or no answer at all (`offline`). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode | 'offline'

  constructor(code: ErrorCode | 'offline', message: string) {
    super(message)
    this.code = code
  }
}

/** Calls the API. The caller states the type of the answer. */
export async function ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(pagePath(`api/${path}`), { credentials: 'same-origin', ...init })
  } catch {
    throw new ApiError('offline', 'the dashboard server is not responding')
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body as Answer // shared/wire.ts types the server's answers for both sides.
  const error = (body as ErrorBody | undefined)?.error
  throw new ApiError(error?.code ?? 'internal', error?.message ?? `the server returned status ${response.status}`)
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

/** Returns the API path of a resource of one run. */
export function runPath(id: string, rest = ''): string {
  return `runs/${encodeURIComponent(id)}${rest === '' ? '' : `/${rest}`}`
}
