import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { RateLimit } from './rate.ts'
import type { Person } from './roles.ts'

/** One token that gives a person access, stored as a hash. */
export interface Credential {
  readonly person: Person
  /** The result of {@link hashOfToken}. */
  readonly hash: string
}

/** Returns the tokens that are currently valid. They may change while the server runs. */
export type Credentials = () => readonly Credential[]

/** The result of checking a request. `wait` means that the peer has tried too many tokens. */
export type Admitted = Person | 'wrong' | 'wait'

/** Identifies the person behind a request by its token, or by a cookie derived from one. */
export interface Admission {
  byToken(token: string, peer: string): Admitted
  byCookie(cookie: string, peer: string): Admitted
}

/**
 * Checks the tokens and cookies of requests. `rate` limits guessing: it counts only values that no one has sent recently, valid or not, so
 * that a page with an old cookie or a script with an old token does not lock anyone out.
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

/** Returns the stored form of a token. Neither the token nor its cookie can be derived from it. */
export function hashOfToken(token: string): string {
  return hashOfCookie(cookieOfToken(token))
}

/** Returns the cookie that a browser keeps instead of a token. */
export function cookieOfToken(token: string): string {
  return createHmac('sha256', token).update('hotcb session').digest('hex')
}

function hashOfCookie(cookie: string): string {
  return createHash('sha256').update(cookie).digest('hex')
}

// Every credential is compared, and each hash is compared completely, so that the time taken reveals nothing about them.
function personOf(credentials: readonly Credential[], hash: string): Person | undefined {
  const wanted = Buffer.from(hash, 'hex')
  let found: Person | undefined
  for (const { person, hash: known } of credentials) {
    const bytes = Buffer.from(known, 'hex')
    if (bytes.length === wanted.length && timingSafeEqual(bytes, wanted)) found = person
  }
  return found
}

/** Creates a set that forgets its oldest value when it has more than `size` values. */
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
