import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkUser, readRole, readTokenFile, TokenFileError, writeTokenFile } from '../../src/server/token-file.ts'
import { temporaryRoot } from '../fixture.ts'

const HASH = 'ab'.repeat(32)
const ADA = { user: 'ada', role: 'owner', hash: HASH, made: '2026-01-01T00:00:00Z' } as const

function refusal(path: string): unknown {
  try {
    return readTokenFile(path)
  } catch (error) {
    return error instanceof TokenFileError ? [error.name, error.code, error.message] : error
  }
}

test('tokens are read as they were written, and only the owner may read the file', () => {
  const path = join(temporaryRoot(), 'tokens.json')
  writeTokenFile(path, [ADA, { ...ADA, user: 'ben', role: 'viewer' }])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readTokenFile(path)).toEqual([ADA, { ...ADA, user: 'ben', role: 'viewer' }])
  writeTokenFile(path, [])
  expect(readTokenFile(path)).toEqual([])
})

test('a file that does not exist, that others may read, or that is a directory is refused', () => {
  const root = temporaryRoot()
  const path = join(root, 'tokens.json')
  expect(refusal(path)).toEqual(['TokenFileError', 'missing', `the token file \`${path}\` does not exist`])
  for (const mode of [0o640, 0o604, 0o610]) {
    writeFileSync(path, '{"tokens":[]}')
    chmodSync(path, mode)
    const octal = mode.toString(8)
    const message = `\`${path}\` must be readable only by its owner (mode 600), but its mode is ${octal}: \`chmod 600 ${path}\``
    expect(refusal(path)).toEqual(['TokenFileError', 'open-to-others', message])
  }
  const directory = join(root, 'directory')
  mkdirSync(directory, { mode: 0o700 })
  expect(refusal(directory)).toEqual(['TokenFileError', 'unreadable', expect.stringContaining(directory)])
  writeFileSync(join(root, 'file'), '')
  expect(refusal(join(root, 'file', 'below'))).toEqual(
    expect.toSatisfy((found) => ['missing', 'unreadable'].includes(found[1])),
  )
})

test.each<[string, unknown]>([
  ['expected an object with a list `tokens`, got 3', 3],
  ['expected an object with a list `tokens`, got []', []],
  ['expected an object with a list `tokens`, got {"tokens":{}}', { tokens: {} }],
  ['token 1: expected an object, got 7', { tokens: [7] }],
  ['token 2: `user` must be text, got 5', { tokens: [ADA, { ...ADA, user: 5 }] }],
  ['token 1: a name must not be empty, and must not begin or end with a space', { tokens: [{ ...ADA, user: '' }] }],
  ['token 1: a role must be viewer, operator or owner, got "root"', { tokens: [{ ...ADA, role: 'root' }] }],
  ...[undefined, HASH.slice(1), `${HASH}0`, `${HASH.slice(1)}g`, HASH.toUpperCase(), [HASH]].map(
    (hash): [string, unknown] => ['token 1: `hash` must be 64 hexadecimal digits', { tokens: [{ ...ADA, hash }] }],
  ),
])('a token file is refused: %s', (reason, content) => {
  const path = join(temporaryRoot(), 'tokens.json')
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
  expect(refusal(path)).toEqual(['TokenFileError', 'unreadable', `\`${path}\` is not a token file: ${reason}`])
})

test('a token file that is not JSON is refused, and a token without a time is valid', () => {
  const path = join(temporaryRoot(), 'tokens.json')
  writeFileSync(path, '{"tokens":', { mode: 0o600 })
  expect(refusal(path)).toEqual(['TokenFileError', 'unreadable', expect.stringMatching(/is not a token file: \S/)])
  writeFileSync(path, JSON.stringify({ tokens: [{ ...ADA, made: 3, more: true }] }))
  expect(readTokenFile(path)).toEqual([{ ...ADA, made: '' }])
})

test.each([
  ['ada', undefined],
  ['Ada Lovelace', undefined],
  ['x'.repeat(128), undefined],
  ['', 'a name must not be empty, and must not begin or end with a space'],
  [' ada', 'a name must not be empty, and must not begin or end with a space'],
  ['ada ', 'a name must not be empty, and must not begin or end with a space'],
  ['x'.repeat(129), 'a name must have at most 128 characters, got 129'],
  ['a\u0007b', 'a name must not contain control characters'],
])('the problem of the name %j is %j', (user, problem) => {
  expect(checkUser(user)).toBe(problem)
})

test('a role has one of three names', () => {
  expect(['viewer', 'operator', 'owner'].map(readRole)).toEqual(
    ['viewer', 'operator', 'owner'].map((value) => ({ ok: true, value })),
  )
  expect(readRole(undefined)).toEqual({
    ok: false,
    reason: 'a role must be viewer, operator or owner, got undefined',
  })
})
