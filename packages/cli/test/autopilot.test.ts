import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { ledgerOf } from './answerer.ts'
import { type Ended, hotcb, start, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(buildTrainer)
afterAll(removeTrainer)

// The trainer's loss falls from 2 towards 0, so this rule fires once the loss is below 1.5.
const RULES = `version: 2
rules:
  - {id: falls, when: "loss < 1.5", action: {set: {lr: x0.5}}, confidence: high, settle: 50000, cooldown: 100000}
`

async function trainedRun(rules = RULES): Promise<{ dir: string; trainer: ChildProcess }> {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'rules.yaml'), rules)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [rules.yaml]\n')
  const trainer = await startTrainer(dir, { stepMs: 5 })
  return { dir, trainer }
}

function inRun(dir: string, ...args: readonly string[]): Promise<Ended> {
  return hotcb(['--dir', dir, ...args], { env: { USER: 'ann' } })
}

/** Starts `hotcb autopilot run`, waits for its first line, and kills it when the test ends. */
async function startAutopilot(
  dir: string,
  ...args: readonly string[]
): Promise<{ child: ChildProcess; said(): string }> {
  const child = start(['--dir', dir, 'autopilot', 'run', ...args])
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (said += data))
  await vi.waitFor(() => expect(said).toMatch(/autopilot is watching|hotcb:/), 300_000)
  return { child, said: () => said }
}

function actionsOf(dir: string): { kind: string; action_id: string; cid: string | null }[] {
  const path = join(dir, 'hotcb.autopilot.jsonl')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function proposalOf(dir: string): Promise<string> {
  return vi.waitFor(() => {
    const found = actionsOf(dir).find(({ kind }) => kind === 'proposed')
    if (found === undefined) throw new Error('no proposal yet')
    return found.action_id
  }, 300_000)
}

test('a proposal is shown, approved from two terminals at once, and its history is shown', async () => {
  const { dir } = await trainedRun()
  await startAutopilot(dir, '--mode', 'suggest')
  const id = await proposalOf(dir)
  const shown = await inRun(dir, 'autopilot', 'proposals')
  expect(shown.out).toMatch(new RegExp(`^${id} +step \\d+ +lr 0.1 → 0.05 +falls +until `))
  const both = await Promise.all(
    [1, 2].map(() => inRun(dir, 'autopilot', 'approve', id, '--wait', '30', '--note', 'yes', '--json')),
  )
  // The second terminal reports that the proposal is already answered, or that the first answer was applied.
  expect(both).toEqual(expect.arrayContaining([expect.objectContaining({ code: 0 })]))
  const decided = ledgerOf(dir).filter(({ cid }) => cid === `ap-${id}`)
  expect(decided.filter(({ decision }) => decision === 'applied')).toMatchObject([{ source: 'cli', author: 'ann' }])
  expect(decided.filter(({ decision }) => decision !== 'applied' && decision !== 'skipped_noop')).toEqual([])
  for (const words of [['status'], ['proposals', '--all'], ['why', id]]) {
    expect((await inRun(dir, 'autopilot', ...words, '--json')).code).toBe(0)
  }
  const why = await inRun(dir, 'autopilot', 'why', id)
  expect(why.out).toMatch(/rule +falls/)
  expect(why.out).toMatch(/answer +approved by ann, applied \(ledger line \d+\)/)
  expect((await inRun(dir, 'autopilot', 'approve', id)).err).toMatch(
    /has already been answered: approved by ann, applied/,
  )
  expect((await inRun(dir, 'autopilot', 'reject', id)).code).toBe(1)
})

test('a rejection closes a proposal, and `why` shows the reason', async () => {
  const { dir } = await trainedRun()
  await startAutopilot(dir)
  const id = await proposalOf(dir)
  const { code, out } = await inRun(dir, 'autopilot', 'reject', id, '--note', 'too early', '--wait=280')
  expect([code, out]).toEqual([0, expect.stringMatching(/rejected by ann \(ledger line \d+\): too early\n$/)])
  expect((await inRun(dir, 'autopilot', 'proposals')).out).toBe('no proposals are waiting for a person\n')
  expect((await inRun(dir, 'get', 'lr')).out).toBe('0.1\n')
})

test('an approval without a live trainer waits for the next one, and this is reported', async () => {
  const { dir, trainer } = await trainedRun()
  const { child } = await startAutopilot(dir)
  const id = await proposalOf(dir)
  child.kill('SIGKILL')
  trainer.kill('SIGKILL')
  await new Promise((resolve) => trainer.once('exit', resolve))
  const { code, err } = await inRun(dir, 'autopilot', 'approve', id, '--wait=280')
  expect([code, err]).toEqual([3, expect.stringMatching(/approval sent; no trainer is alive/)])
  await startTrainer(dir, { stepMs: 5 })
  await vi.waitFor(() => {
    expect(ledgerOf(dir).filter(({ cid, decision }) => cid === `ap-${id}` && decision === 'applied')).toHaveLength(1)
  }, 300_000)
})

test('only one autopilot watches a run: a second one is refused, and the error names the first', async () => {
  const { dir } = await trainedRun()
  const { child } = await startAutopilot(dir)
  const second = await inRun(dir, 'autopilot', 'run')
  expect([second.code, second.out]).toEqual([1, ''])
  expect(second.err).toMatch(
    new RegExp(
      `is held by autopilot \\(process ${child.pid} on .*stop it first, or take the log over with \`--take-over\`\n$`,
    ),
  )
  expect((await inRun(dir, 'autopilot', 'status')).out).toMatch(/autopilot +running .*process \d+/)
})

test('the mode is written to the config, keeps its comments, and a running autopilot adopts it', async () => {
  const { dir } = await trainedRun()
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), '# ours\nrules: [rules.yaml]\nmode: off # for now\n')
  await startAutopilot(dir)
  expect((await inRun(dir, 'autopilot', 'mode', 'auto')).out).toMatch(/^mode auto was written to hotcb.autopilot.yaml/)
  expect(readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe(
    '# ours\nrules: [rules.yaml]\nmode: auto # for now\n',
  )
  await vi.waitFor(async () => {
    expect(ledgerOf(dir)).toContainEqual(expect.objectContaining({ source: 'autopilot', decision: 'applied' }))
  }, 300_000)
})

test('rules are listed, checked with the location of a mistake, and switched off', async () => {
  const { dir } = await trainedRun()
  expect((await inRun(dir, 'autopilot', 'rules')).out).toMatch(/^falls +on +loss < 1.5 +high +.*rules.yaml:3/)
  expect((await inRun(dir, 'autopilot', 'rules', 'disable', 'fals')).err).toMatch(/did you mean `falls`\?/)
  expect((await inRun(dir, 'autopilot', 'rules', 'disable', 'falls')).out).toBe(
    'falls is off, written to hotcb.autopilot.yaml\n',
  )
  expect((await inRun(dir, 'autopilot', 'rules')).out).toMatch(/^falls +off/)
  writeFileSync(join(dir, 'bad.yaml'), 'version: 2\nrules:\n  - {id: x, when: "loss >", action: {do: pause}}\n')
  const { code, err } = await inRun(dir, 'autopilot', 'rules', 'check', join(dir, 'bad.yaml'))
  expect([code, err]).toEqual([1, expect.stringMatching(/bad.yaml:3:26: the expression ends too early/)])
})

test('a dry run shows where rules would have fired, and changes nothing', async () => {
  const { dir, trainer } = await trainedRun()
  await vi.waitFor(async () => {
    const status = JSON.parse((await inRun(dir, 'status', '--json')).out)
    expect(status.trainer.step).toBeGreaterThan(20)
  }, 300_000)
  trainer.kill('SIGKILL')
  const { out } = await inRun(dir, 'autopilot', 'test')
  expect(out).toMatch(/^falls +would have fired at 1 /)
  expect(existsSync(join(dir, 'hotcb.autopilot.jsonl'))).toBe(false)
})

test('an unknown mode, and a metric without a direction, are refused in one line', async () => {
  const { dir } = await trainedRun()
  expect((await inRun(dir, 'autopilot', 'run', '--mode', 'ai_atuo')).err).toBe(
    'hotcb: unknown mode `ai_atuo`: did you mean `ai_auto`?\n',
  )
  const { code, err } = await inRun(dir, 'autopilot', 'run', '--key-metric', 'quux')
  expect([code, err]).toEqual([2, expect.stringMatching(/write `quux:min` or `quux:max`\n$/)])
})
