import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ledgerOf, stateDocument, writeRun } from './answerer.ts'
import { buildProgram, temporaryDirectory } from './program.ts'
import { ESC, lastPicture, startInTerminal } from './pseudo-terminal.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(async () => {
  buildProgram()
  await buildTrainer()
})

afterAll(removeTrainer)

test('on a terminal, `set` waits for the trainer by default and answers in colour', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const session = startInTerminal(['--dir', dir, 'set', 'lr=0.01'])
  expect(await session.ended).toBe(0)
  expect(session.output()).toContain(`${ESC}[32m✓${ESC}[39m ${ESC}[1mlr 0.1 → 0.01${ESC}[22m at step `)
  expect(ledgerOf(dir).at(-1)).toMatchObject({ decision: 'applied', payload: { lr: 0.01 } })
})

test('NO_COLOR and `--no-color` disable colours; a plain locale disables symbols', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const plain = startInTerminal(['--dir', dir, 'set', 'lr=0.01'], { env: { NO_COLOR: '1' } })
  expect(await plain.ended).toBe(0)
  expect(plain.output()).toMatch(/^✓ lr 0\.1 → 0\.01 at step \d+ {2}seq 2\r\n$/)
  const ascii = startInTerminal(['--dir', dir, 'set', 'lr=0.02', '--no-color'], { env: { LC_ALL: 'C' } })
  expect(await ascii.ended).toBe(0)
  expect(ascii.output()).toMatch(/^ok lr 0\.01 -> 0\.02 at step \d+ {2}seq 3\r\n$/)
})

test('on a terminal, a command for a past step is reported as applied now, and awaited', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  await vi.waitFor(() => {
    const { step } = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8')) as { step: number }
    expect(step).toBeGreaterThan(0)
  }, 300_000)
  const session = startInTerminal(['--dir', dir, 'set', 'lr=0.01', '--at', 'step=0'], { env: { NO_COLOR: '1' } })
  expect(await session.ended).toBe(0)
  expect(session.output()).toMatch(
    /^step 0 has already passed: the command is applied now\r\n✓ lr 0\.1 → 0\.01 at step \d+ {2}seq 2; late\r\n$/,
  )
})

test('on a terminal without a live trainer, the command reports it immediately, exit code 3', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', state: stateDocument({ closed: true }) })
  const session = startInTerminal(['--dir', dir, 'set', 'lr=0.01'])
  expect(await session.ended).toBe(3)
  expect(session.output()).toContain('no trainer is alive: the next one will apply it')
})

test('Ctrl-C on the terminal ends the wait with exit code 130', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const session = startInTerminal(['--dir', dir, 'set', 'lr=0.01', '--at', 'step=900000', '--wait=60'])
  // Nothing is printed while it waits, so watch for its command in the file.
  const commands = join(dir, 'hotcb.commands.jsonl')
  await expect.poll(() => existsSync(commands) && readFileSync(commands, 'utf8')).toContain('900000')
  session.type('\u0003')
  expect(await session.ended).toBe(130)
  expect(session.output()).toContain('queued for step 900000; stopped waiting')
})

test.each([
  { columns: 100, rows: 30 },
  { columns: 40, rows: 12 },
  { columns: 12, rows: 3 },
])('`watch` fits a terminal of %j, updates, and restores it on q', async ({ columns, rows }) => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  writeRun(dir, { run: { max_steps: 1_000_000 } })
  const metrics = join(dir, 'hotcb.metrics.jsonl')
  // The speed is known after two steps.
  await expect.poll(() => existsSync(metrics) && readFileSync(metrics, 'utf8')).toMatch(/\n.*\n/)
  const session = startInTerminal(['--dir', dir, 'watch', '--every', '0.1'], { columns, rows })
  await session.until(`${ESC}[J`, 4)
  const picture = lastPicture(session.output())
  expect(picture.length).toBeLessThanOrEqual(rows)
  expect(Math.max(...picture.map((line) => [...line].length))).toBeLessThanOrEqual(columns)
  if (columns === 100) {
    expect(picture.join('\n')).toMatch(/step [\d,]+ {2}[\d.]+ steps\/s {2}alive/)
    expect(picture.join('\n')).toMatch(/loss {2,}-?[\d.e-]+ {2}[▁-█ ]+/)
    expect(picture.join('\n')).toContain('lr 0.1')
    expect(picture.join('\n')).toContain('attempt 1 begins')
  }
  session.type('q')
  expect(await session.ended).toBe(0)
  expect(session.output().trimEnd().endsWith(`${ESC}[?25h${ESC}[?1049l`)).toBe(true)
})

test('Ctrl-C ends `watch` with exit code 130', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const session = startInTerminal(['--dir', dir, 'watch'])
  await session.until(`${ESC}[J`)
  session.type('\u0003')
  expect(await session.ended).toBe(130)
})
