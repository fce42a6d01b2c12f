import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { hostname, networkInterfaces } from 'node:os'
import type { ErrorCode } from '../shared/wire.ts'

/** Why a request is turned away. */
export interface Refusal {
  readonly status: 401 | 403 | 421 | 429
  readonly code: ErrorCode
  readonly message: string
}

/** What the guard needs to know of a request. */
export interface Asked {
  readonly headers: IncomingHttpHeaders
  /** Path without query. */
  readonly path: string
  /** Address of the peer. */
  readonly peer: string
}

/** Judges every request and upgrade: by name of the server, by origin, by token. */
export interface Guard {
  /** The refusal, or undefined when the request may pass. */
  judge(asked: Asked): Refusal | undefined
  /** The cookie for a session if the token is right; undefined when it is wrong. */
  openSession(token: string): string | undefined
  readonly needsToken: boolean
}

/** What a guard lets pass. */
export interface GuardOptions {
  readonly host: string
  /** Asked at each request, since port 0 is known only after listening. */
  readonly port: () => number
  readonly token: string | null
  readonly allowedHosts: readonly string[]
}

/** Makes the guard of one server. */
export function createGuard(options: GuardOptions): Guard {
  const { token } = options
  const session = token === null ? undefined : createHmac('sha256', token).update('hotcb session').digest('hex')
  const names = allowedNames(options)
  return {
    needsToken: token !== null,
    judge(asked) {
      return judgeHost(asked, names, options) ?? judgeOrigin(asked) ?? judgeToken(asked, token, session, options)
    },
    openSession(given) {
      if (token === null || session === undefined || !isSame(given, token)) return undefined
      return `${cookieName(options)}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000`
    },
  }
}

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Compares two secrets in a time that says nothing about them. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function allowedNames({ host, allowedHosts }: GuardOptions): ReadonlySet<string> {
  const names = new Set(allowedHosts.map((name) => name.toLowerCase()))
  if (isLoopback(host)) return new Set([...names, 'localhost', '127.0.0.1', '[::1]', bracketed(host)])
  if (host !== '0.0.0.0' && host !== '::') return new Set([...names, bracketed(host.toLowerCase())])
  for (const name of ['localhost', '127.0.0.1', '[::1]', hostname().toLowerCase()]) names.add(name)
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address } of addresses ?? []) names.add(bracketed(address.toLowerCase()))
  }
  return names
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

// A page of another site that has made its own name point here (DNS rebinding) still sends that name.
function judgeHost({ headers }: Asked, names: ReadonlySet<string>, { port }: GuardOptions): Refusal | undefined {
  const parsed = /^(\[[0-9a-f:.%a-z]+\]|[^:[\]/@\s]+)(?::(\d{1,5}))?$/i.exec(headers.host ?? '')
  const name = parsed?.[1]?.toLowerCase()
  if (name === undefined || !names.has(name)) return { status: 421, code: 'forbidden_host', message: HOST_MESSAGE }
  const given = parsed?.[2]
  const isOurs = given === undefined || Number(given) === port() || !isPlainName(name)
  return isOurs ? undefined : { status: 421, code: 'forbidden_host', message: HOST_MESSAGE }
}

const HOST_MESSAGE =
  'this server does not go by the name in `Host`; open the printed address, or name it in `allowed_hosts`'

// Behind a reverse proxy (a name from `allowed_hosts`) the outer port is not ours.
function isPlainName(name: string): boolean {
  return name === 'localhost' || name.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(name)
}

function judgeOrigin({ headers, path }: Asked): Refusal | undefined {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  const isApi = path === '/ws' || path.startsWith('/api/')
  if (origin !== undefined) {
    if (origin === `http://${headers.host}` || origin === `https://${headers.host}`) return undefined
    return { status: 403, code: 'forbidden_origin', message: 'requests of pages from another origin are refused' }
  }
  if (isApi && (site === 'cross-site' || site === 'same-site')) {
    return { status: 403, code: 'forbidden_origin', message: 'requests of pages from another site are refused' }
  }
  return undefined
}

function judgeToken(
  { headers, path }: Asked,
  token: string | null,
  session: string | undefined,
  options: GuardOptions,
): Refusal | undefined {
  if (token === null || session === undefined) return undefined
  // The page itself holds nothing of a run; it asks for the token.
  if (path !== '/ws' && !path.startsWith('/api/')) return undefined
  if (path === '/api/session') return undefined
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined && isSame(bearer, token)) return undefined
  const cookie = cookieOf(headers.cookie ?? '', cookieName(options))
  if (cookie !== undefined && isSame(cookie, session)) return undefined
  return {
    status: 401,
    code: 'unauthorized',
    message: 'a token is needed: open the printed address, or send `Authorization: Bearer`',
  }
}

// Cookies are shared by all ports of a host: two dashboards must not take each other's.
function cookieName({ port }: GuardOptions): string {
  return `hotcb_session_${port()}`
}

function cookieOf(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
