import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { RateLimit } from './rate.ts'
import type { Person } from './roles.ts'

/** One token that gives a person access, by its hash. */
export interface Credential {
  readonly person: Person
  /** {@link hashOfToken}. */
  readonly hash: string
}

/** The tokens that count now; they may change while the server runs. */
export type Credentials = () => readonly Credential[]

/** Whether a request gets access. `wait`: the peer has tried too many tokens. */
export type Admitted = Person | 'wrong' | 'wait'

/** Finds the person of a request by its token, or by the cookie derived from one. */
export interface Admission {
  byToken(token: string, peer: string): Admitted
  byCookie(cookie: string, peer: string): Admitted
}

/**
 * Checks tokens and cookies of requests. `rate` slows guessing down: it counts values that a peer has not sent before, valid
 * or not, so that a page with an old cookie or a script with an old token does not lock anyone out.
 */
export function createAdmission(credentials: Credentials, rate: RateLimit): Admission {
  const shown = createMemory(KEPT)
  function admit(hash: string, peer: string): Admitted {
    if (!shown.has(hash) && !rate.take(peer)) return 'wait'
    shown.add(hash)
    return personOf(credentials(), hash) ?? 'wrong'
  }
  return {
    byToken: (token, peer) => admit(hashOfToken(token), peer),
    byCookie: (cookie, peer) => admit(hashOfCookie(cookie), peer),
  }
}

/** The stored form of a token. Neither the token nor its cookie can be computed from it. */
export function hashOfToken(token: string): string {
  return hashOfCookie(cookieOfToken(token))
}

/** The cookie that a browser keeps instead of a token. */
export function cookieOfToken(token: string): string {
  return createHmac('sha256', token).update('hotcb session').digest('hex')
}

function hashOfCookie(cookie: string): string {
  return createHash('sha256').update(cookie).digest('hex')
}

// Every credential is compared, and hashes are compared completely, so that the time reveals nothing about them.
function personOf(credentials: readonly Credential[], hash: string): Person | undefined {
  const wanted = Buffer.from(hash, 'hex')
  let found: Person | undefined
  for (const { person, hash: known } of credentials) {
    const bytes = Buffer.from(known, 'hex')
    if (bytes.length === wanted.length && timingSafeEqual(bytes, wanted)) found = person
  }
  return found
}

/** A set that forgets the oldest of more than `size`. */
function createMemory(size: number): Pick<Set<string>, 'has' | 'add'> {
  const texts = new Set<string>()
  return {
    has: (text) => texts.has(text),
    add(text) {
      texts.add(text)
      const [oldest] = texts
      if (texts.size > size && oldest !== undefined) texts.delete(oldest)
      return texts
    },
  }
}

const KEPT = 10_000
