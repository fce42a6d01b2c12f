import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { buildPrograms, HOTCB } from './built-program.ts'

beforeAll(buildPrograms)

// These rules fire at the first record.
const RULES = `version: 2
rules:
  - {id: always, when: "train_loss < 100", action: {set: {lr: x0.9}}, confidence: high, settle: 0, cooldown: 1000000}
`

/** Creates a directory for a run, with rules in its config. */
function runDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-serve-'))
  onTestFinished(() => removeDirectory(dir))
  writeFileSync(join(dir, 'rules.yaml'), RULES)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [rules.yaml]\n')
  return dir
}

function start(dir: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [HOTCB, '--dir', dir, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  // A full pipe would stop the trainer.
  child.stdout?.resume()
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
  readonly cid?: string | null
  readonly author?: string | null
}

function linesOf(dir: string, stream: 'metrics' | 'autopilot' | 'commands' | 'applied'): readonly Line[] {
  const path = join(dir, `hotcb.${stream}.jsonl`)
  if (!existsSync(path)) return []
  // The last line may be incomplete while the file is being written.
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return whole.filter((text) => text !== '').map((text) => JSON.parse(text))
}

test('on a finished run `hotcb serve --autopilot auto` records its start and sends no command', async () => {
  const dir = runDir()
  const trained = spawnSync(process.execPath, [HOTCB, '--dir', dir, 'demo', '--no-serve', '--max-steps', '200'])
  expect([trained.status, linesOf(dir, 'metrics').length > 100]).toEqual([0, true])
  const ledger = linesOf(dir, 'applied')
  const child = start(dir, 'serve', '--port', '0', '--autopilot', 'auto')
  await vi.waitFor(() => expect(linesOf(dir, 'autopilot')).toHaveLength(1), 300_000)
  // Enough time for several checks, one of which only the clock triggers.
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
  await vi.waitFor(() => expect(linesOf(dir, 'metrics').length).toBeGreaterThan(100), 300_000)
  const before = linesOf(dir, 'metrics').at(-1)?.step ?? 0
  start(dir, 'serve', '--port', '0', '--autopilot', 'auto')
  await vi.waitFor(() => {
    const ofRules = linesOf(dir, 'applied').filter(({ op }) => op === 'set_params')
    expect(ofRules).toMatchObject([{ source: 'autopilot', decision: 'applied' }])
  }, 300_000)
  const [begin, proposed] = linesOf(dir, 'autopilot')
  expect([begin?.kind, proposed?.kind]).toEqual(['begin', 'proposed'])
  expect(proposed?.step).toBeGreaterThan(before)
  // A demo can save, so the autopilot has saved a checkpoint to go back to.
  await vi.waitFor(() => {
    const first = linesOf(dir, 'applied').find(({ op }) => op === 'checkpoint')
    expect(first).toMatchObject({ source: 'autopilot', decision: 'applied' })
  }, 300_000)
})

test('a proposal that is approved on the page and on the command line at the same moment has one outcome, which is final', async () => {
  const dir = runDir()
  start(dir, 'demo', '--no-serve', '--max-steps', '100000', '--step-delay', '0.02')
  await vi.waitFor(() => expect(linesOf(dir, 'metrics').length).toBeGreaterThan(0), 300_000)
  const server = start(dir, 'serve', '--port', '0', '--autopilot', 'suggest')
  if (server.stdout === null) throw new Error('the output of the server is not a pipe')
  const [address] = await once(createInterface(server.stdout), 'line')
  const cid = await vi.waitFor(() => {
    const proposed = linesOf(dir, 'autopilot').find(({ kind }) => kind === 'proposed')
    expect(proposed?.cid).toMatch(/^ap-/)
    return String(proposed?.cid)
  }, 300_000)
  const proposal = cid.slice('ap-'.length)
  const [run] = ((await (await fetch(`${address}api/runs`)).json()) as { runs: { id: string }[] }).runs
  const words = ['autopilot', 'approve', proposal, '--wait', '60']
  const line = spawn(process.execPath, [HOTCB, '--dir', dir, ...words], { stdio: 'ignore' })
  const page = fetch(`${address}api/runs/${run?.id}/proposals/${proposal}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ verdict: 'approve', author: 'ann' }),
  })
  const [response, [code]] = await Promise.all([page, once(line, 'exit')])
  // The second of the two is refused, or its command has no effect.
  expect([response.status, code]).toEqual([expect.toBeOneOf([200, 409]), expect.toBeOneOf([0, 1])])
  const outcomes = (): readonly Line[] => linesOf(dir, 'applied').filter((one) => one.cid === cid)
  const sent = linesOf(dir, 'commands').filter((one) => one.cid === cid).length
  await vi.waitFor(() => expect(outcomes()).toHaveLength(sent), 300_000)
  const [first, ...others] = outcomes()
  expect(first).toMatchObject({ decision: 'applied', author: expect.any(String) })
  expect(others.map(({ decision }) => decision)).toEqual(others.map(() => 'skipped_noop'))
  // A command with the same `cid` and without `expect`: only the kernel's own record of answered commands prevents it.
  const again = { cid, module: 'opt', op: 'set_params', params: { lr: 0.001 } }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(again)}\n`)
  await vi.waitFor(() => expect(outcomes()).toHaveLength(sent + 1), 300_000)
  expect(outcomes().filter(({ decision }) => decision === 'applied')).toHaveLength(1)
})
