import { type Stats, statSync } from 'node:fs'
import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { isObject, messageOf, parseJson, printable, type Result, refused, show } from '@hotcb/protocol'
import { ROLES, type Role } from '../shared/people.ts'

/** One line of a token file. The token itself is not stored. */
export interface StoredToken {
  readonly user: string
  readonly role: Role
  /** The token's hash, in hexadecimal. */
  readonly hash: string
  /** When the token was created, in ISO 8601. */
  readonly made: string
}

/** Thrown if a token file cannot be used. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError'
  readonly code: 'missing' | 'open-to-others' | 'unreadable'

  constructor(code: TokenFileError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Returns the tokens in a file.
 *
 * @throws {@link TokenFileError} if the file does not exist, other users may read it, or it is not a token file.
 */
export function readTokenFile(path: string): readonly StoredToken[] {
  const stats = statsOf(path)
  if (stats === undefined) throw new TokenFileError('missing', `the token file \`${path}\` does not exist`)
  requirePrivate(path, stats)
  const tokens = parseTokens(textOf(path))
  if (!tokens.ok) throw new TokenFileError('unreadable', `\`${path}\` is not a token file: ${tokens.reason}`)
  return tokens.value
}

/** Writes a token file that only its owner may read. @throws JournalError */
export function writeTokenFile(path: string, tokens: readonly StoredToken[]): void {
  replaceDocument(path, `${JSON.stringify({ tokens }, undefined, 2)}\n`, { mode: 0o600 })
}

/** Checks that a name can be the `author` of a command. Returns the problem, or undefined if the name is valid. */
export function checkUser(user: string): string | undefined {
  if (user !== user.trim() || user === '') return 'a name must not be empty, and must not begin or end with a space'
  if (user.length > 128) return `a name must have at most 128 characters, got ${user.length}`
  return printable(user) === user ? undefined : 'a name must not contain control characters'
}

/** Parses a role. */
export function readRole(text: unknown): Result<Role> {
  const role = ROLES.find((name) => name === text)
  return role === undefined
    ? refused(`a role must be ${ROLES.slice(0, -1).join(', ')} or ${ROLES.at(-1)}, got ${show(text)}`)
    : { ok: true, value: role }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw new TokenFileError('unreadable', messageOf(error))
  }
}

function textOf(path: string): string {
  try {
    return readStampedDocument(path)?.text ?? ''
  } catch (error) {
    throw new TokenFileError('unreadable', messageOf(error))
  }
}

// Windows has no such file modes.
function requirePrivate(path: string, { mode }: Stats): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  const octal = (mode & 0o777).toString(8)
  const message = `\`${path}\` must be readable only by its owner (mode 600), but its mode is ${octal}: \`chmod 600 ${path}\``
  throw new TokenFileError('open-to-others', message)
}

function parseTokens(text: string): Result<readonly StoredToken[]> {
  const parsed = parseJson(text, { nan: 'refuse' })
  if (!parsed.ok) return parsed
  const list = isObject(parsed.value) ? parsed.value['tokens'] : undefined
  if (!Array.isArray(list)) return refused(`expected an object with a list \`tokens\`, got ${show(parsed.value)}`)
  const tokens: StoredToken[] = []
  for (const [i, item] of list.entries()) {
    const token = readToken(item)
    if (!token.ok) return refused(`token ${i + 1}: ${token.reason}`)
    tokens.push(token.value)
  }
  return { ok: true, value: tokens }
}

function readToken(item: unknown): Result<StoredToken> {
  if (!isObject(item)) return refused(`expected an object, got ${show(item)}`)
  const { user, hash, made } = item
  const problem = typeof user === 'string' ? checkUser(user) : `\`user\` must be text, got ${show(user)}`
  if (problem !== undefined) return refused(problem)
  const role = readRole(item['role'])
  if (!role.ok) return role
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return refused('`hash` must be 64 hexadecimal digits')
  // `checkUser` has checked that it is a string.
  return {
    ok: true,
    value: { user: user as string, role: role.value, hash, made: typeof made === 'string' ? made : '' },
  }
}
