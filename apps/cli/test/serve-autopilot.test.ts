import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { buildPrograms, HOTCB } from './built-program.ts'

beforeAll(buildPrograms, 240_000)

// Fires at the first record that it is shown.
const RULES = `version: 2
rules:
  - {id: always, when: "train_loss < 100", action: {set: {lr: x0.9}}, confidence: high, settle: 0, cooldown: 1000000}
`

/** A directory for a run, with rules in its config. */
function runDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-serve-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  writeFileSync(join(dir, 'rules.yaml'), RULES)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [rules.yaml]\n')
  return dir
}

function start(dir: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [HOTCB, '--dir', dir, ...args], { stdio: 'ignore' })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return child
}

interface Line {
  readonly kind?: string
  readonly step: number | null
  readonly source?: string
  readonly decision?: string
  readonly op?: string
}

function linesOf(dir: string, stream: 'metrics' | 'autopilot' | 'commands' | 'applied'): readonly Line[] {
  const path = join(dir, `hotcb.${stream}.jsonl`)
  if (!existsSync(path)) return []
  // The last line of a file that is being written may be a part.
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return whole.filter((text) => text !== '').map((text) => JSON.parse(text))
}

test('on a finished run `hotcb serve --autopilot auto` records its start and sends no command', async () => {
  const dir = runDir()
  const trained = spawnSync(process.execPath, [HOTCB, '--dir', dir, 'demo', '--no-serve', '--max-steps', '200'])
  expect([trained.status, linesOf(dir, 'metrics').length > 100]).toEqual([0, true])
  const ledger = linesOf(dir, 'applied')
  const child = start(dir, 'serve', '--port', '0', '--autopilot', 'auto')
  await vi.waitFor(() => expect(linesOf(dir, 'autopilot')).toHaveLength(1), 60_000)
  // Several looks, and one at the clock alone.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect(linesOf(dir, 'autopilot').map(({ kind }) => kind)).toEqual(['begin'])
  child.kill('SIGINT')
  await once(child, 'exit')
  expect([linesOf(dir, 'commands'), linesOf(dir, 'applied')]).toEqual([[], ledger])
  expect(linesOf(dir, 'autopilot').map(({ kind }) => kind)).toEqual(['begin', 'end'])
})

test('on a live demo `hotcb serve --autopilot auto` starts at the current step, and the trainer applies the action of a rule', async () => {
  const dir = runDir()
  start(dir, 'demo', '--no-serve', '--max-steps', '100000', '--step-delay', '0.02')
  await vi.waitFor(() => expect(linesOf(dir, 'metrics').length).toBeGreaterThan(100), 60_000)
  const before = linesOf(dir, 'metrics').at(-1)?.step ?? 0
  start(dir, 'serve', '--port', '0', '--autopilot', 'auto')
  await vi.waitFor(() => {
    const ofRules = linesOf(dir, 'applied').filter(({ op }) => op === 'set_params')
    expect(ofRules).toMatchObject([{ source: 'autopilot', decision: 'applied' }])
  }, 60_000)
  const [begin, proposed] = linesOf(dir, 'autopilot')
  expect([begin?.kind, proposed?.kind]).toEqual(['begin', 'proposed'])
  expect(proposed?.step).toBeGreaterThan(before)
  // A demo can save: the agent has a checkpoint saved to go back to.
  await vi.waitFor(() => {
    const saved = linesOf(dir, 'applied').filter(({ op }) => op === 'checkpoint')
    expect(saved).toMatchObject([{ source: 'autopilot', decision: 'applied' }])
  }, 60_000)
})
