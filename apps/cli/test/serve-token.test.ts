import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli, type Terminal } from '@hotcb/cli'
import { afterEach, expect, test, vi } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

const dirs: string[] = []

afterEach(() => {
  vi.unstubAllEnvs()
  for (const dir of dirs.splice(0)) removeDirectory(dir)
})

/** Returns the path of a token file that does not exist yet. */
function file(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-tokens-'))
  dirs.push(dir)
  return join(dir, 'team.json')
}

/** Runs the command line with the dashboard passed in, as the published program does. */
async function hotcb(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const same = (text: string): string => text
  const terminal: Terminal = {
    isTerminal: false,
    unicode: true,
    colour: false,
    columns: () => 80,
    out: (line) => {
      out += `${line}\n`
    },
    page: (lines) => {
      out += `${lines}\n`
    },
    json: (value) => {
      out += `${JSON.stringify(value)}\n`
    },
    err: (line) => {
      err += `${line}\n`
    },
    report: (value) => {
      err += `${JSON.stringify(value)}\n`
    },
    bold: same,
    dim: same,
    red: same,
    green: same,
    yellow: same,
    cyan: same,
  }
  const code = await runCli(argv, { version: '0', tokens: () => import('@hotcb/dashboard') }, terminal)
  return { code, out, err }
}

test('`serve token add` prints a token once, and stores only its hash, in a file that only its owner can read', async () => {
  const tokens = file()
  const { code, out, err } = await hotcb(['serve', 'token', 'add', 'ada', '--role', 'operator', '--tokens', tokens])
  expect([code, out]).toEqual([0, expect.stringMatching(/^[\w-]{32}\n$/)])
  expect(err).toContain('this token is shown only once')
  expect(statSync(tokens).mode & 0o777).toBe(0o600)
  expect(readFileSync(tokens, 'utf8')).not.toContain(out.trim())
  const listed = await hotcb(['serve', 'token', 'list', '--tokens', tokens])
  expect([listed.code, listed.out]).toEqual([0, expect.stringMatching(/^ada {2}operator {2}20\d\d-/)])
})

test('each name has one token: adding a name again invalidates its old token, and so does `remove`', async () => {
  const tokens = file()
  const args = ['serve', 'token', 'add', 'ada', '--role', 'viewer', '--tokens', tokens, '--json']
  const first = JSON.parse((await hotcb(args)).out)
  const second = JSON.parse((await hotcb(args)).out)
  expect([first.replaced, second.replaced, first.token === second.token]).toEqual([false, true, false])
  const left = (): object[] => JSON.parse(readFileSync(tokens, 'utf8')).tokens
  expect(left()).toHaveLength(1)
  vi.stubEnv('HOTCB_TOKENS', tokens)
  expect(await hotcb(['serve', 'token', 'remove', 'ada'])).toMatchObject({
    code: 0,
    out: 'the token of `ada` is revoked\n',
  })
  expect(left()).toEqual([])
})

test.each([
  [['add'], 2, '`add` needs a name: `hotcb serve token add NAME`'],
  [['add', 'ada'], 2, '`add` needs `--role`: viewer, operator, owner'],
  [['add', ' ada', '--role', 'owner'], 1, 'a name must not be empty, and must not begin or end with a space'],
  [['remove', 'ada'], 1, 'does not exist'],
  [['list', 'ada'], 2, '`list` does not accept a name, got "ada"'],
  [['list'], 1, 'does not exist'],
])('`serve token %j` is rejected with a one-line message', async (args, code, message) => {
  const ended = await hotcb(['serve', 'token', ...args, '--tokens', file()])
  expect([ended.code, ended.out]).toEqual([code, ''])
  expect(ended.err).toContain(message)
  expect(ended.err.trim().split('\n')).toHaveLength(1)
})

test('`serve token` reports a missing `--tokens` and an invalid file', async () => {
  expect(await hotcb(['serve', 'token', 'list'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('`--tokens` is required'),
  })
  const tokens = file()
  writeFileSync(tokens, 'garbage', { mode: 0o600 })
  const { code, err } = await hotcb(['serve', 'token', 'add', 'ada', '--role', 'owner', '--tokens', tokens])
  expect([code, err]).toEqual([1, expect.stringContaining('is not a token file')])
  expect(readFileSync(tokens, 'utf8')).toBe('garbage')
})
