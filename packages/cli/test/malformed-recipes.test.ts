import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  GOOD,
  MALFORMED_LINES,
  MALFORMED_OVERLAYS,
  MISFIT_OVERLAYS,
  MISFIT_RECIPE,
  SENSELESS_LINES,
} from '../../recipe/test/malformed-cases.ts'
import { writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

/** Freezes a new run to a replay of these files, which are in the run directory. */
async function freeze(files: Readonly<Record<string, string>>, words: readonly string[]): Promise<unknown> {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '' })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const ended = await hotcb(['freeze', ...words, '--recipe', 'r.jsonl'], { cwd: dir })
  return { ...ended, isFrozen: existsSync(join(dir, 'hotcb.freeze.json')) }
}

function refusal(reason: string | RegExp): unknown {
  const err =
    typeof reason === 'string'
      ? `hotcb: ${reason}\n`
      : expect.stringMatching(new RegExp(`^hotcb: ${reason.source.slice(1, -1)}\n$`))
  return { code: 1, out: '', err, isFrozen: false }
}

// This test starts many commands.
test('a malformed recipe is refused in one line with file, line and field, exit code 1', async () => {
  for (const [line, reason] of MALFORMED_LINES) {
    const files = { 'r.jsonl': `${GOOD}\n\r\n${line}\n${GOOD}\n` }
    expect(await freeze(files, ['--mode', 'replay']), line).toEqual(refusal(reason))
  }
  for (const [line, reason] of SENSELESS_LINES) {
    expect(await freeze({ 'r.jsonl': `\n${line}\n` }, ['--mode', 'replay']), line).toEqual(refusal(reason))
  }
})

test('a malformed overlay and one that does not match its recipe are refused', async () => {
  for (const [file, text, reason] of MALFORMED_OVERLAYS) {
    const words = ['--mode', 'replay_adjusted', '--adjust', file]
    expect(await freeze({ 'r.jsonl': `${GOOD}\n`, [file]: text }, words), text).toEqual(refusal(reason))
  }
  for (const [text, reason] of MISFIT_OVERLAYS) {
    const words = ['--mode', 'replay_adjusted', '--adjust', 'a.yaml']
    expect(await freeze({ 'r.jsonl': MISFIT_RECIPE, 'a.yaml': text }, words), text).toEqual(refusal(reason))
  }
})

test('`recipe validate` lists every invalid line at once', async () => {
  const dir = temporaryDirectory()
  const lines = MALFORMED_LINES.map(([line]) => line)
  writeFileSync(join(dir, 'all.jsonl'), `${lines.join('\n')}\n`)
  const { code, out, err } = await hotcb(['recipe', 'validate', 'all.jsonl'], { cwd: dir })
  const told = err.trimEnd().split('\n')
  expect({ code, out, last: told.pop() }).toEqual({ code: 1, out: '', last: `${lines.length} problems in all.jsonl` })
  expect(told.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual(lines.map((_, i) => `all.jsonl:${i + 1}`))
})
