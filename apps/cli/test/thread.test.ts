import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const HOTCB = fileURLToPath(new URL('../bin/hotcb.js', import.meta.url))
const { NO_COLOR: _, FORCE_COLOR: __, ...ENV } = process.env

// The program as it is published: bundled, with the demo as a package beside it.
beforeAll(() => {
  const turbo = join(ROOT, 'node_modules/.bin/turbo')
  const built = spawnSync(turbo, ['run', 'build', '--filter=hotcb...', '--ui=stream', '--output-logs=errors-only'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...ENV, TURBO_TELEMETRY_DISABLED: '1' },
  })
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`)
}, 240_000)

function runDir(): string {
  const parent = mkdtempSync(join(tmpdir(), 'hotcb-thread-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'run')
}

/** Runs `hotcb ARGS` in a terminal of its own, that of script(1). */
function inTerminal(args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const line = [process.execPath, HOTCB, ...args].map((word) => `'${word}'`).join(' ')
  const words = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', line] : ['-qec', line, '/dev/null']
  const child = spawn('script', words, {
    env: { ...ENV, NO_COLOR: '1', USER: 'ann', TERM: 'xterm', LC_ALL: 'C.UTF-8' },
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })))
}

test('a network learns in one process; `set` in a terminal is told at which step it took effect, and the ledger has it', async () => {
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
  await expect.poll(() => readMetrics(dir), { timeout: 60_000, interval: 50 }).toBeGreaterThan(20)

  const set = await inTerminal(['--dir', dir, 'set', 'lr=0.01'])
  expect(set).toEqual({ code: 0, out: expect.stringMatching(/^✓ lr 0\.05 → 0\.01 at step \d+ {2}seq 2\r\n$/) })
  const line = JSON.parse(readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n')[1] ?? '')
  expect(line).toMatchObject({ seq: 2, decision: 'applied', source: 'cli', author: 'ann', payload: { lr: 0.01 } })
  expect(set.out).toContain(`at step ${line.step} `)

  const status = await inTerminal(['--dir', dir, 'status'])
  expect(status.out).toMatch(/trainer {2}alive at step [\d,]+/)
  const stop = await inTerminal(['--dir', dir, 'stop', 'seen enough'])
  expect(stop).toEqual({ code: 0, out: expect.stringMatching(/^✓ stop seen enough at step \d+/) })
  expect(await end).toBe(0)
  expect(JSON.parse(document)).toMatchObject({
    stopped_early: true,
    weights_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
}, 120_000)

test('what the demo refuses is one clear line', async () => {
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
    // Not there yet.
    return 0
  }
}
