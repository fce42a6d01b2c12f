import { type Stats, statSync } from 'node:fs'
import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { isObject, messageOf, parseJson, printable, type Result, refused, show } from '@hotcb/protocol'
import { ROLES, type Role } from '../shared/people.ts'

/** One line of a file of tokens. The token itself is nowhere. */
export interface StoredToken {
  readonly user: string
  readonly role: Role
  /** Hash of the token, in hexadecimal. */
  readonly hash: string
  /** When it was made, in ISO 8601. */
  readonly made: string
}

/** A file of tokens that cannot be used. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError'
  readonly code: 'missing' | 'open-to-others' | 'unreadable'

  constructor(code: TokenFileError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The tokens in a file.
 *
 * @throws {@link TokenFileError} when there is no such file, others may read it, or it is not a file of tokens.
 */
export function readTokenFile(path: string): readonly StoredToken[] {
  const stats = statsOf(path)
  if (stats === undefined) throw new TokenFileError('missing', `the token file \`${path}\` does not exist`)
  requirePrivate(path, stats)
  const tokens = parseTokens(textOf(path))
  if (!tokens.ok) throw new TokenFileError('unreadable', `\`${path}\` is not a file of tokens: ${tokens.reason}`)
  return tokens.value
}

/** Writes a file of tokens that only its owner may read. @throws JournalError */
export function writeTokenFile(path: string, tokens: readonly StoredToken[]): void {
  replaceDocument(path, `${JSON.stringify({ tokens }, undefined, 2)}\n`, { mode: 0o600 })
}

/** Whether a text can name a person in the ledger: what `author` of a command may be. */
export function checkUser(user: string): string | undefined {
  if (user !== user.trim() || user === '') return 'a name must not be empty, and not begin or end with a space'
  if (user.length > 128) return `a name must have at most 128 characters, got ${user.length}`
  return printable(user) === user ? undefined : 'a name must not hold control characters'
}

/** A text as a role. */
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

// Windows has no such modes.
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
  if (!Array.isArray(list)) return refused(`an object with a list \`tokens\` expected, got ${show(parsed.value)}`)
  const tokens: StoredToken[] = []
  for (const [i, item] of list.entries()) {
    const token = readToken(item)
    if (!token.ok) return refused(`token ${i + 1}: ${token.reason}`)
    tokens.push(token.value)
  }
  return { ok: true, value: tokens }
}

function readToken(item: unknown): Result<StoredToken> {
  if (!isObject(item)) return refused(`an object expected, got ${show(item)}`)
  const { user, hash, made } = item
  const problem = typeof user === 'string' ? checkUser(user) : `\`user\` must be text, got ${show(user)}`
  if (problem !== undefined) return refused(problem)
  const role = readRole(item['role'])
  if (!role.ok) return role
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return refused('`hash` must be 64 hexadecimal digits')
  // `checkUser` has seen that it is text.
  return {
    ok: true,
    value: { user: user as string, role: role.value, hash, made: typeof made === 'string' ? made : '' },
  }
}
