import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Role } from '../shared/people.ts'
import { hashOfToken } from './credentials.ts'
import { checkUser, readRole, readTokenFile, type StoredToken, TokenFileError, writeTokenFile } from './token-file.ts'

/** A token that was just made: this is the only time that it can be read. */
export interface MadeToken {
  readonly token: string
  /** Whether the name had a token before, which no longer counts. */
  readonly isReplaced: boolean
}

/**
 * Creates a token for a person and adds it to a file, which is created if needed. A name has one token: a new one replaces it.
 *
 * @throws TokenFileError if the file exists and is invalid; TypeError for an invalid name or role.
 */
export function addToken(path: string, user: string, role: string): MadeToken {
  const problem = checkUser(user)
  if (problem !== undefined) throw new TypeError(problem)
  const read = readRole(role)
  if (!read.ok) throw new TypeError(read.reason)
  const before = existsSync(path) ? readTokenFile(path) : []
  const token = randomBytes(24).toString('base64url')
  const stored: StoredToken = { user, role: read.value, hash: hashOfToken(token), made: new Date().toISOString() }
  const others = before.filter((one) => one.user !== user)
  writeTokenFile(path, [...others, stored])
  return { token, isReplaced: others.length < before.length }
}

/** Whom the tokens of a file name. @throws TokenFileError */
export function listTokens(path: string): readonly { user: string; role: Role; made: string }[] {
  return readTokenFile(path).map(({ user, role, made }) => ({ user, role, made }))
}

/** Takes the token of a person out of a file. @throws TokenFileError */
export function removeToken(path: string, user: string): void {
  const before = readTokenFile(path)
  const after = before.filter((one) => one.user !== user)
  if (after.length === before.length) {
    const names = before.map((one) => `\`${one.user}\``).join(', ') || 'nobody'
    throw new TokenFileError('missing', `\`${path}\` contains no token of \`${user}\`, but of ${names}`)
  }
  writeTokenFile(path, after)
}
