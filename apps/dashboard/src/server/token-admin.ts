import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Role } from '../shared/people.ts'
import { hashOfToken } from './credentials.ts'
import { checkUser, readRole, readTokenFile, type StoredToken, TokenFileError, writeTokenFile } from './token-file.ts'

/** A new token. It cannot be retrieved later. */
export interface MadeToken {
  readonly token: string
  /** Whether the name had a token before. The old token is no longer valid. */
  readonly isReplaced: boolean
}

/**
 * Creates a token for a person and adds it to a file, which is created if needed. Each name has one token; a new token replaces the old
 * one.
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

/** Returns the people named in a token file. @throws TokenFileError */
export function listTokens(path: string): readonly { user: string; role: Role; made: string }[] {
  return readTokenFile(path).map(({ user, role, made }) => ({ user, role, made }))
}

/** Removes a person's token from a token file. @throws TokenFileError */
export function removeToken(path: string, user: string): void {
  const before = readTokenFile(path)
  const after = before.filter((one) => one.user !== user)
  if (after.length === before.length) {
    const names = before.map((one) => `\`${one.user}\``).join(', ') || 'no one'
    throw new TokenFileError('missing', `\`${path}\` has no token for \`${user}\`; it has tokens for ${names}`)
  }
  writeTokenFile(path, after)
}
