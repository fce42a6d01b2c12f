import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ledgerOf } from './answerer.ts'
import { start, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(buildTrainer)
afterAll(removeTrainer)

const COOLDOWN = 150
// Always true: the rule fires whenever it may, so a kill nearly always interrupts an action.
const RULES = `version: 2
rules:
  - {id: always, when: "loss < 100", action: {set: {lr: x0.999}}, confidence: high, settle: 0, clear: 0, cooldown: ${COOLDOWN}}
`
const CONFIG =
  'rules: [rules.yaml]\nlimits: {lr: {auto: x2, ask: x100, drift: x100}, per_run: 100000, per_hour: 100000}\n'
const KILLS = 6

/** mulberry32: the same delays for the same seed. */
function delaysOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Line {
  readonly kind: string
  readonly action_id: string
  readonly cid: string | null
  readonly step: number
  readonly n: number
}

function linesOf<One>(dir: string, name: string): One[] {
  const path = join(dir, name)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
  // A kill may leave an incomplete line, which the next writer terminates.
  return lines.flatMap((text): One[] => {
    try {
      return text === '' ? [] : [JSON.parse(text)]
    } catch {
      return []
    }
  })
}

for (const seed of [1, 2, 3]) {
  test(`an autopilot that is killed ${KILLS} times at any moment sends each of its commands once (seed ${seed})`, async () => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'rules.yaml'), RULES)
    writeFileSync(join(dir, 'hotcb.autopilot.yaml'), CONFIG)
    const trainer = await startTrainer(dir, { stepMs: 5 })
    const next = delaysOf(seed)
    const proposed = (): readonly Line[] =>
      linesOf<Line>(dir, 'hotcb.autopilot.jsonl').filter(({ kind }) => kind === 'proposed')
    // On a busy machine, some are killed before they propose anything.
    for (let kill = 0; kill < KILLS || proposed().length <= KILLS / 3; kill++) {
      const child = start(['--dir', dir, 'autopilot', 'run', '--mode', 'auto'])
      onTestFinished(() => void child.kill('SIGKILL'))
      await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()))
      await new Promise((resolve) => setTimeout(resolve, next() * 1200))
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('exit', resolve))
    }
    // The last one repairs what a kill has left behind.
    const last = start(['--dir', dir, 'autopilot', 'run', '--mode', 'off'])
    onTestFinished(() => void last.kill('SIGKILL'))
    await new Promise<void>((resolve) => last.stdout?.once('data', () => resolve()))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const gone = new Promise((resolve) => trainer.once('exit', resolve))
    trainer.kill('SIGKILL')
    await gone

    const actions = proposed()
    // Only the rules' commands, because each start may request a checkpoint.
    const commands = linesOf<{ cid: string }>(dir, 'hotcb.commands.jsonl')
    const sent = commands.map(({ cid }) => cid).filter((cid) => cid.startsWith('ap-'))
    expect(actions.length).toBeGreaterThan(KILLS / 3)
    expect(sent.sort()).toEqual(actions.map(({ cid }) => cid).sort())
    const decided = ledgerOf(dir).filter(({ cid }) => cid?.startsWith('ap-'))
    expect(new Set(decided.map(({ cid }) => cid)).size).toBe(decided.length)
    const steps = actions.map(({ step }) => step)
    const tooSoon = steps.filter((step, i) => i > 0 && step - (steps[i - 1] ?? 0) < COOLDOWN)
    expect(tooSoon).toEqual([])
  })
}
