import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { buildPrograms, HOTCB, inTerminal } from './built-program.ts'

beforeAll(buildPrograms)

function runDir(): string {
  const parent = mkdtempSync(join(tmpdir(), 'hotcb-thread-'))
  onTestFinished(() => removeDirectory(parent))
  return join(parent, 'run')
}

function typeInTerminal(args: readonly string[]): Promise<{ code: number | null; out: string }> {
  return inTerminal(HOTCB, args, { NO_COLOR: '1' })
}

test('a network trains in one process; `set` in a terminal prints the same step at which it took effect as the ledger', async () => {
  const dir = runDir()
  const demo = spawn(process.execPath, [
    HOTCB,
    'demo',
    '--dir',
    dir,
    '--step-delay',
    '0.01',
    '--max-steps',
    '100000',
    '--json',
  ])
  onTestFinished(() => {
    demo.kill('SIGKILL')
  })
  let document = ''
  demo.stdout.on('data', (chunk) => {
    document += chunk
  })
  const end = new Promise((resolve) => demo.on('close', resolve))
  await expect.poll(() => readMetrics(dir), { interval: 50 }).toBeGreaterThan(20)

  const set = await typeInTerminal(['--dir', dir, 'set', 'lr=0.01', '--wait=300'])
  expect(set).toEqual({ code: 0, out: expect.stringMatching(/^✓ lr 0\.05 → 0\.01 at step \d+ {2}seq 2\r\n$/) })
  const line = JSON.parse(readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n')[1] ?? '')
  expect(line).toMatchObject({ seq: 2, decision: 'applied', source: 'cli', author: 'ann', payload: { lr: 0.01 } })
  expect(set.out).toContain(`at step ${line.step} `)

  const status = await typeInTerminal(['--dir', dir, 'status'])
  expect(status.out).toMatch(/trainer {2}alive at step [\d,]+/)
  const stop = await typeInTerminal(['--dir', dir, 'stop', 'seen enough', '--wait=300'])
  expect(stop).toEqual({ code: 0, out: expect.stringMatching(/^✓ stop seen enough at step \d+/) })
  expect(await end).toBe(0)
  expect(JSON.parse(document)).toMatchObject({
    stopped_early: true,
    weights_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('an error of the demo is one clear line', async () => {
  const dir = runDir()
  const first = spawnSync(process.execPath, [HOTCB, '--dir', dir, 'demo', '--max-steps', '3', '--json'], {
    encoding: 'utf8',
  })
  expect(first.status).toBe(0)
  const again = spawnSync(process.execPath, [HOTCB, '--dir', dir, 'demo', '--max-steps', '3'], { encoding: 'utf8' })
  expect({ status: again.status, lines: again.stderr.trimEnd().split('\n').length, out: again.stdout }).toEqual({
    status: 1,
    lines: 1,
    out: '',
  })
  expect(again.stderr).toMatch(/^hotcb: /)
})

function readMetrics(dir: string): number {
  try {
    return readFileSync(join(dir, 'hotcb.metrics.jsonl'), 'utf8').split('\n').length
  } catch {
    // The file does not exist yet.
    return 0
  }
}
