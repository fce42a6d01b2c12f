import { isObject, messageOf, parseJson } from '@hotcb/protocol'
import type { SendResult } from '../queue/lane.ts'

/** The parts of an HTTP response that are used. */
export interface HttpAnswer {
  readonly status: number
  readonly json: unknown
  /** The number of seconds for which the server asks the client to wait. */
  readonly retryAfter: number | undefined
}

/** A request that got no response. The message does not contain the address, which may be a secret. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
}

const MOST_BYTES = 256 * 1024

/**
 * Posts to exactly one address: a redirect is a failure.
 *
 * @throws HttpFailure
 */
export async function post(
  url: string,
  {
    headers,
    body,
    signal,
  }: {
    readonly headers?: Readonly<Record<string, string>>
    readonly body: string | Uint8Array
    readonly signal: AbortSignal
  },
): Promise<HttpAnswer> {
  const { host } = new URL(url)
  let response: Response
  try {
    const all = { 'content-type': 'application/json', ...headers }
    const sent = typeof body === 'string' ? body : new Uint8Array(body)
    response = await fetch(url, { method: 'POST', headers: all, body: sent, redirect: 'manual', signal })
  } catch (error) {
    throw new HttpFailure(`\`${host}\` ${reasonOf(error, signal)}`)
  }
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    await response.body?.cancel()
    throw new HttpFailure(`\`${host}\` responded with a redirect (${response.status}), and redirects are not followed`)
  }
  try {
    const parsed = parseJson(await readLimited(response))
    const json = parsed.ok ? parsed.value : undefined
    return { status: response.status, json, retryAfter: retryAfterOf(response, json) }
  } catch (error) {
    throw new HttpFailure(`\`${host}\` ${reasonOf(error, signal)}`)
  }
}

/** Converts a response to the result for the message. `isGood` is true if the body, not only the status, reports success. */
export function resultOf(answer: HttpAnswer, said: string | undefined, ref?: string): SendResult {
  const { status, retryAfter } = answer
  if (status >= 200 && status < 300 && said === undefined) return { ok: true, ref }
  const retry = status === 429 || status === 408 || status >= 500
  const why = said === undefined ? '' : `: ${said}`
  return { ok: false, reason: `answer ${status}${why}`, retry, ...(retryAfter !== undefined && { retryAfter }) }
}

/** Converts a sending error to a result. */
export function failureOf(error: unknown): SendResult {
  if (error instanceof HttpFailure)
    return { ok: false, reason: error.message, retry: !error.message.includes('redirect') }
  return { ok: false, reason: messageOf(error), retry: true }
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'did not respond in time'
  const cause = error instanceof Error ? error.cause : undefined
  const code = isObject(cause) && typeof cause['code'] === 'string' ? cause['code'] : undefined
  return `cannot be reached${code === undefined ? '' : ` (${code})`}`
}

function retryAfterOf(response: Response, json: unknown): number | undefined {
  const parameters = isObject(json) && isObject(json['parameters']) ? json['parameters'] : json
  const said = isObject(parameters) ? parameters['retry_after'] : undefined
  const seconds = typeof said === 'number' ? said : Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}

async function readLimited(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    bytes += piece.value.length
    if (bytes > MOST_BYTES) {
      await reader.cancel()
      break
    }
    text += decoder.decode(piece.value, { stream: true })
  }
  return text
}
