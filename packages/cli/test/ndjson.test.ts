import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine } from '@hotcb/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { ledgerLine, writeRun } from './answerer.ts'
import { buildProgram, ended, start, temporaryDirectory } from './program.ts'
import { requireAnswers } from './strict-answers.ts'

beforeAll(() => {
  buildProgram()
})

function entry(seq: number, notes = ''): string {
  return formatLedgerLine(ledgerLine({ seq, notes }))
}

function entries(from: number, to: number, notes?: string): string {
  return Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, notes)).join('')
}

function newRun(ledger = entries(1, 3)): string {
  const dir = temporaryDirectory()
  writeRun(dir, { ledger })
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":0,"metrics":{"loss":1}}\n')
  return dir
}

/** A process that follows a file, and the lines that have arrived. */
function follow(dir: string, ...words: readonly string[]) {
  const args = ['--dir', dir, ...words, '--json']
  const child = start(args)
  let out = ''
  child.stdout?.on('data', (text) => {
    out += text
  })
  const end = ended(child)
  const lines = (): readonly string[] => out.split('\n').slice(0, -1)
  return {
    child,
    has: (count: number) => expect.poll(() => lines().length).toBeGreaterThanOrEqual(count),
    async finish() {
      const printed = await end
      requireAnswers(args, printed)
      return { ...printed, seqs: lines().map((line) => JSON.parse(line).seq) }
    },
  }
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  test.each([['log --follow'], ['watch --every 0.05'], ['watch --every 100']])(
    'ends `%s --json` immediately with exit code 130, after a complete line',
    async (command) => {
      const following = follow(newRun(), ...command.split(' '))
      await following.has(1)
      following.child.kill(signal)
      expect(await following.finish()).toMatchObject({ code: 130, err: '' })
    },
  )

  test('ends with a complete line even in a ledger of megabytes with a slow reader', async () => {
    const dir = newRun(entries(1, 4000, 'x'.repeat(3000)))
    const following = follow(dir, 'log', '--follow')
    await following.has(1)
    following.child.stdout?.pause()
    following.child.kill(signal)
    setTimeout(() => following.child.stdout?.resume(), 300)
    expect(await following.finish()).toMatchObject({ code: 130, err: '' })
  })
})

test('appended lines are printed once each, and only when they are complete', async () => {
  const dir = newRun()
  const path = join(dir, 'hotcb.applied.jsonl')
  const following = follow(dir, 'log', '--follow')
  await following.has(3)
  const line = entry(4)
  appendFileSync(path, line.slice(0, 40))
  await new Promise((resolve) => setTimeout(resolve, 200))
  appendFileSync(path, line.slice(40) + entry(5))
  await following.has(5)
  following.child.kill('SIGINT')
  expect((await following.finish()).seqs).toEqual([1, 2, 3, 4, 5])
})

test('a ledger that is truncated, removed or replaced is followed from its new beginning', async () => {
  const dir = newRun(entries(1, 20))
  const path = join(dir, 'hotcb.applied.jsonl')
  const following = follow(dir, 'log', '--follow')
  await following.has(20)
  truncateSync(path, 0)
  await new Promise((resolve) => setTimeout(resolve, 300))
  appendFileSync(path, entry(21))
  await following.has(21)
  rmSync(path)
  await new Promise((resolve) => setTimeout(resolve, 300))
  writeFileSync(path, entry(22))
  await following.has(22)
  following.child.kill('SIGINT')
  const { seqs } = await following.finish()
  expect(seqs.slice(-2)).toEqual([21, 22])
})

test('a run directory that is removed ends `watch --json` with an error in one line', async () => {
  const dir = join(newRun(), 'inner')
  mkdirSync(dir)
  writeRun(dir, { ledger: entry(1) })
  const following = follow(dir, 'watch', '--every', '0.05')
  await following.has(2)
  rmSync(dir, { recursive: true })
  const last = follow(dir, 'watch', '--once')
  expect(await last.finish()).toMatchObject({ code: 1, out: '', err: expect.stringContaining('"code":"no_directory"') })
  following.child.kill('SIGINT')
  await following.finish()
})

describe('a reader that closes the pipe', () => {
  test.each([
    ['log --json', 'head -1', 1],
    ['log --json', 'head -n 7', 7],
    ['watch --json --every 0.05', 'head -1', 1],
    ['watch --json --every 0.05', 'head -c 100', 0],
    ['log --json', 'true', 0],
  ])('ends `%s | %s` without a message', (command, reader, count) => {
    const dir = newRun(entries(1, 3000, 'y'.repeat(500)))
    const line = `"$0" "$1" --dir "$2" ${command} | ${reader}; echo "codes \${PIPESTATUS[*]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', line, process.execPath, buildProgram(), dir], {
      encoding: 'utf8',
      maxBuffer: 100_000_000,
    })
    expect(stderr).toBe('')
    expect(stdout).toContain('codes 0 0')
    for (const text of stdout.split('\n').slice(0, count)) expect(() => JSON.parse(text)).not.toThrow()
  })
})
