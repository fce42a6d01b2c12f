import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hashOfToken } from '../../src/server/credentials.ts'
import { addToken, listTokens, removeToken } from '../../src/server/token-admin.ts'
import { readTokenFile, TokenFileError } from '../../src/server/token-file.ts'
import { temporaryRoot } from '../fixture.ts'

function refusal(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error instanceof TokenFileError ? [error.code, error.message] : String(error)
  }
}
const peopleIn = (path: string): unknown => listTokens(path).map(({ user, role }) => [user, role])

test('a token is stored as its hash, and a new one for the same name replaces it', () => {
  const path = join(temporaryRoot(), 'tokens.json')
  const first = addToken(path, 'ada', 'viewer')
  expect(first).toEqual({ token: expect.stringMatching(/^[\w-]{32}$/), isReplaced: false })
  expect(addToken(path, 'ben', 'operator').isReplaced).toBe(false)
  const second = addToken(path, 'ada', 'owner')
  expect([second.isReplaced, second.token === first.token]).toEqual([true, false])
  expect(peopleIn(path)).toEqual([
    ['ben', 'operator'],
    ['ada', 'owner'],
  ])
  expect(readTokenFile(path)[1]?.hash).toBe(hashOfToken(second.token))
  expect(readFileSync(path, 'utf8')).not.toContain(second.token)
})

test('the list names each person, and shows no hash', () => {
  const path = join(temporaryRoot(), 'tokens.json')
  addToken(path, 'ada', 'viewer')
  const [{ made } = { made: '' }] = listTokens(path)
  expect(listTokens(path)).toEqual([{ user: 'ada', role: 'viewer', made }])
  expect(new Date(made).toISOString()).toBe(made)
})

test('an invalid name or role creates no file', () => {
  const path = join(temporaryRoot(), 'tokens.json')
  expect(refusal(() => addToken(path, ' ada', 'viewer'))).toBe(
    'TypeError: a name must not be empty, and must not begin or end with a space',
  )
  expect(refusal(() => addToken(path, 'ada', 'root'))).toBe(
    'TypeError: a role must be viewer, operator or owner, got "root"',
  )
  expect(existsSync(path)).toBe(false)
})

test('only the token of the named person is removed, and a name without a token is refused with the other names', () => {
  const path = join(temporaryRoot(), 'tokens.json')
  for (const name of ['ada', 'ben', 'cyd']) addToken(path, name, 'viewer')
  removeToken(path, 'ben')
  expect(peopleIn(path)).toEqual([
    ['ada', 'viewer'],
    ['cyd', 'viewer'],
  ])
  expect(refusal(() => removeToken(path, 'ben'))).toEqual([
    'missing',
    `\`${path}\` has no token for \`ben\`; it has tokens for \`ada\`, \`cyd\``,
  ])
  for (const name of ['ada', 'cyd']) removeToken(path, name)
  expect(refusal(() => removeToken(path, 'ada'))).toEqual([
    'missing',
    `\`${path}\` has no token for \`ada\`; it has tokens for no one`,
  ])
})

test('a damaged file is not replaced', () => {
  const path = join(temporaryRoot(), 'tokens.json')
  writeFileSync(path, 'mine', { mode: 0o600 })
  expect(refusal(() => addToken(path, 'ada', 'viewer'))).toMatchObject(['unreadable', expect.any(String)])
  expect(readFileSync(path, 'utf8')).toBe('mine')
})
