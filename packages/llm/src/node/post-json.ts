import { isObject, type Json, messageOf, oneLine, parseJson } from '@hotcb/protocol'
import type { FailureCode, ModelFailure } from '../port.ts'

export interface PostLimits {
  /** The time limit for the first byte of the body. */
  readonly firstByteMs: number
  /** The time limit for the last byte. */
  readonly wholeMs: number
  /** The size limit of the unpacked body. */
  readonly maxBytes: number
}

export const POST_LIMITS: PostLimits = { firstByteMs: 20_000, wholeMs: 60_000, maxBytes: 256 * 1024 }

const MOST_WAIT_MS = 600_000

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json
  readonly limits?: Partial<PostLimits> | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Posts JSON to one address, once, without following redirects. Whatever the server does, the call returns within the
 * limits, either with the JSON of a successful answer or with a failure. This is the only place where the package opens
 * a connection.
 */
export async function postJson(
  url: string,
  { headers, body, limits: given, signal }: PostOptions,
): Promise<{ readonly ok: true; readonly json: unknown } | ModelFailure> {
  const limits = { ...POST_LIMITS, ...given }
  const watch = createWatch(limits, signal)
  const { host } = new URL(url)
  try {
    const response = await fetch(url, {
      method: 'POST',
      // Many endpoints close idle connections after five seconds. A request that is sent on such a connection at that moment fails, and
      // whether it has cost something is then unknown.
      headers: { 'content-type': 'application/json', accept: 'application/json', connection: 'close', ...headers },
      body: JSON.stringify(body),
      // A redirect would send the prompt, and in some cases the key, to another host.
      redirect: 'manual',
      signal: watch.signal,
    })
    return await readAnswer(response, host, limits, watch)
  } catch (error) {
    return thrown(error, host, watch)
  } finally {
    // The rest of the body is not read.
    watch.end()
  }
}

/** Aborts a request that takes too long, or that its caller cancels. */
interface Watch {
  readonly signal: AbortSignal
  /** Why the request was aborted; null if it was not. */
  readonly why: 'timeout' | 'aborted' | null
  firstByte(): void
  end(): void
}

// Uses a controller, because in some versions of Node `AbortSignal.timeout` does not abort a body that has already
// begun.
function createWatch({ firstByteMs, wholeMs }: PostLimits, outer: AbortSignal | undefined): Watch {
  const controller = new AbortController()
  let why: Watch['why'] = null
  const stop = (reason: 'timeout' | 'aborted'): void => {
    why ??= reason
    controller.abort()
  }
  const first = setTimeout(() => stop('timeout'), firstByteMs)
  const whole = setTimeout(() => stop('timeout'), wholeMs)
  const onAbort = (): void => stop('aborted')
  outer?.addEventListener('abort', onAbort, { once: true })
  if (outer?.aborted === true) onAbort()
  return {
    signal: controller.signal,
    get why() {
      return why
    },
    firstByte: () => clearTimeout(first),
    end() {
      clearTimeout(first)
      clearTimeout(whole)
      outer?.removeEventListener('abort', onAbort)
      controller.abort()
    },
  }
}

async function readAnswer(
  response: Response,
  host: string,
  { maxBytes }: PostLimits,
  watch: Watch,
): Promise<{ readonly ok: true; readonly json: unknown } | ModelFailure> {
  const { status } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return fail('redirect', `\`${host}\` returned a redirect (${status}), and redirects are not followed`, {
      status,
    })
  }
  const text = await readLimited(response, maxBytes, watch)
  if (text === undefined) {
    return fail('too_long', `the answer from \`${host}\` is longer than ${maxBytes} bytes`, { status, mayCost: true })
  }
  const parsed = parseJson(text)
  if (!response.ok) return statusFailure(response, host, parsed.ok ? parsed.value : undefined)
  if (parsed.ok) return { ok: true, json: parsed.value }
  return fail('not_json', `the answer from \`${host}\` is not JSON`, { status, mayCost: true })
}

async function readLimited(response: Response, maxBytes: number, watch: Watch): Promise<string | undefined> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    watch.firstByte()
    bytes += piece.value.length
    if (bytes > maxBytes) return undefined
    text += decoder.decode(piece.value, { stream: true })
  }
  return text + decoder.decode()
}

const CODES: Readonly<Record<number, FailureCode>> = {
  401: 'unauthorized',
  402: 'no_credit',
  403: 'unauthorized',
  404: 'not_found',
  408: 'server',
  429: 'rate_limited',
}

function statusFailure(response: Response, host: string, json: unknown): ModelFailure {
  const { status } = response
  const code = CODES[status] ?? (status >= 500 ? 'server' : 'bad_request')
  const said = saidOf(json)
  const message = `\`${host}\` returned status ${status}${said === '' ? '' : `: ${said}`}`
  return fail(code, message, { status, retryAfterMs: retryAfterOf(response) })
}

/** Returns the message in an error document as one short line, since it is external text. */
function saidOf(json: unknown): string {
  const error = isObject(json) ? (json['error'] ?? json['message']) : undefined
  const said = isObject(error) ? error['message'] : error
  return typeof said === 'string' ? oneLine(said).slice(0, 200) : ''
}

function retryAfterOf(response: Response): number | null {
  const given = response.headers.get('retry-after')
  const seconds = given === null ? Number.NaN : Number(given)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, MOST_WAIT_MS) : null
}

function thrown(error: unknown, host: string, { why }: Watch): ModelFailure {
  if (why === 'aborted') return fail('aborted', `the request to \`${host}\` was cancelled`, { mayCost: true })
  if (why === 'timeout') return fail('timeout', `\`${host}\` did not answer in time`, { mayCost: true })
  const cause = error instanceof Error ? error.cause : undefined
  const code = isObject(cause) && typeof cause['code'] === 'string' ? cause['code'] : undefined
  if (code !== undefined && UNSENT.has(code)) return fail('unreachable', `\`${host}\` cannot be reached (${code})`, {})
  const what = code ?? oneLine(messageOf(error)).slice(0, 100)
  return fail('cut_off', `the answer from \`${host}\` ended too early (${what})`, { mayCost: true })
}

/** If one of these errors occurs, the endpoint has not received anything. */
const UNSENT: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
  ...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_SSL_WRONG_VERSION_NUMBER'],
])

export function fail(
  code: FailureCode,
  message: string,
  facts: Partial<Pick<ModelFailure, 'status' | 'retryAfterMs' | 'mayCost'>>,
): ModelFailure {
  return { ok: false, code, message, status: null, retryAfterMs: null, mayCost: false, ...facts }
}
