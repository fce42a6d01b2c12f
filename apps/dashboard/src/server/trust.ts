import type { IncomingHttpHeaders } from 'node:http'
import type { ErrorCode } from '../shared/wire.ts'
import { allowedNames, hostsOfOrigins, isPlainName } from './allowed-names.ts'
import { type Admission, type Admitted, cookieOfToken } from './credentials.ts'
import { may, type Person, type Right, roleFor } from './roles.ts'
import { isApi } from './route-rights.ts'

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403 | 421 | 429
  readonly code: ErrorCode
  readonly message: string
}

/** The facts about a request that the guard checks. */
export interface Asked {
  readonly headers: IncomingHttpHeaders
  /** Path without query and without the base path. */
  readonly path: string
  /** IP address of the peer. */
  readonly peer: string
  /** The right that the route requires. */
  readonly right: Right
}

/** The person who may proceed, or the reason for a refusal. */
export type Verdict = { readonly person: Person } | { readonly refusal: Refusal }

/** An opened session: the `Set-Cookie` header, and the person it belongs to. */
export interface Session {
  readonly person: Person
  /** Undefined if the server requires no token. */
  readonly cookie: string | undefined
}

/** Checks every request and upgrade: the server's name, the origin, the token and the role. */
export interface Guard {
  judge(asked: Asked): Verdict
  /** Exchanges a token for a cookie. */
  openSession(token: string, peer: string): Session | { readonly refusal: Refusal }
}

/** Settings of a guard. */
export interface GuardOptions {
  readonly host: string
  /** Called for each request, because port 0 is resolved only when the server starts to listen. */
  readonly port: () => number
  /** Undefined if everyone who can reach the server is an owner. */
  readonly admission: Admission | undefined
  readonly allowedHosts: readonly string[]
  /** Origins of proxies that expose this server, such as `https://hub.example.org`. */
  readonly allowedOrigins: readonly string[]
  /** The path for cookies: `/`, or the path under which a proxy exposes this server. */
  readonly basePath: string
}

/** Creates the guard for one server. It ignores headers that a proxy adds to a request (`X-Forwarded-*`, `Forwarded`). */
export function createGuard(options: GuardOptions): Guard {
  const { admission } = options
  const origins: ReadonlySet<string> = new Set(options.allowedOrigins)
  const names: Names = {
    names: allowedNames(options.host, options.allowedHosts),
    hosts: hostsOfOrigins(options.allowedOrigins),
    port: options.port,
  }
  return {
    judge(asked) {
      const refusal = judgeHost(asked, names) ?? judgeOrigin(asked, origins)
      if (refusal !== undefined) return { refusal }
      const verdict = asked.right === 'open' ? { person: ANYBODY } : identify(asked, admission, options)
      if ('refusal' in verdict) return verdict
      const forbidden = judgeRole(verdict.person, asked.right)
      return forbidden === undefined ? verdict : { refusal: forbidden }
    },
    openSession(token, peer) {
      if (admission === undefined) return { person: OWNER, cookie: undefined }
      const person = admission.byToken(token, peer)
      if (typeof person === 'string') return { refusal: refusalOf(person, 'this token is not valid') }
      const attributes = `Path=${options.basePath}; HttpOnly; SameSite=Strict; Max-Age=2592000`
      return { person, cookie: `${cookieName(options)}=${cookieOfToken(token)}; ${attributes}` }
    },
  }
}

/** Returns why a person lacks a right; undefined if they have it. */
export function judgeRole(person: Person, right: Right): Refusal | undefined {
  if (right === 'open' || may(person, right)) return undefined
  const message = `this requires the \`${roleFor(right)}\` role, but this token's role is \`${person.role}\``
  return { status: 403, code: 'forbidden', message }
}

interface Names {
  /** Names of this server. If a request also names a port, the port must be ours. */
  readonly names: ReadonlySet<string>
  /** `Host` headers that the configured proxies use. */
  readonly hosts: ReadonlySet<string>
  readonly port: () => number
}

// In a DNS rebinding attack, the host name of another site resolves to this server. The browser still sends that name.
function judgeHost({ headers }: Asked, { names, hosts, port }: Names): Refusal | undefined {
  if (hosts.has((headers.host ?? '').toLowerCase())) return undefined
  const parsed = /^(\[[0-9a-f:.%a-z]+\]|[^:[\]/@\s]+)(?::(\d{1,5}))?$/i.exec(headers.host ?? '')
  const name = parsed?.[1]?.toLowerCase()
  if (name === undefined || !names.has(name)) return { status: 421, code: 'forbidden_host', message: HOST_MESSAGE }
  const given = parsed?.[2]
  const isOurs = given === undefined || Number(given) === port() || !isPlainName(name)
  return isOurs ? undefined : { status: 421, code: 'forbidden_host', message: HOST_MESSAGE }
}

const HOST_MESSAGE =
  '`Host` does not contain a name of this server: open the printed address, or allow the proxy with `--allowed-origin`'

function judgeOrigin({ headers, path }: Asked, origins: ReadonlySet<string>): Refusal | undefined {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (origin !== undefined) {
    if (origin === `http://${headers.host}` || origin === `https://${headers.host}`) return undefined
    if (origins.has(origin)) return undefined
    const message = 'requests from pages on another origin are rejected; to allow a proxy, use `--allowed-origin`'
    return { status: 403, code: 'forbidden_origin', message }
  }
  if (isApi(path) && (site === 'cross-site' || site === 'same-site')) {
    return { status: 403, code: 'forbidden_origin', message: 'requests from pages on another site are rejected' }
  }
  return undefined
}

function identify({ headers, peer }: Asked, admission: Admission | undefined, options: GuardOptions): Verdict {
  if (admission === undefined) return { person: OWNER }
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  const cookie = cookieOf(headers.cookie ?? '', cookieName(options))
  const shown: (() => Admitted)[] = []
  if (bearer !== undefined) shown.push(() => admission.byToken(bearer, peer))
  if (cookie !== undefined) shown.push(() => admission.byCookie(cookie, peer))
  let worst: 'wrong' | 'wait' = 'wrong'
  for (const show of shown) {
    const person = show()
    if (typeof person !== 'string') return { person }
    if (person === 'wait') worst = person
  }
  const message = 'a token is needed: open the printed address, or send `Authorization: Bearer`'
  return { refusal: refusalOf(worst, message) }
}

function refusalOf(admitted: 'wrong' | 'wait', message: string): Refusal {
  return admitted === 'wait'
    ? { status: 429, code: 'too_many', message: 'too many tokens tried; wait a minute' }
    : { status: 401, code: 'unauthorized', message }
}

const OWNER: Person = { user: null, role: 'owner' }
const ANYBODY: Person = { user: null, role: 'viewer' }

// All ports of a host share cookies, so two dashboards on one host need different cookie names.
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
