import { appendFileSync, existsSync, readFileSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckpointHandlers } from '@hotcb/kernel/node'
import { runFiles, UNFROZEN } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, readRuleFile } from '../../src/index.ts'
import { type Agent, type AgentOptions, openAgent, readAutopilotHistory } from '../../src/node.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

const RULES = `version: 2
rules:
  - {id: lost, condition: nan, metric: loss, action: {do: rescue}, confidence: high, settle: 0}
`
const SAVES = {
  save: ({ dir, step }: { readonly dir: string; readonly step: number }) =>
    writeFileSync(join(dir, 'weights.json'), String(step)),
  load: () => undefined,
}
// An agent's requests expire by the kernel's clock, which is the system clock.
const START_MS = Date.now()

interface Beside {
  /** Reports a step that the trainer has not finished: it applies no command in the meantime. */
  report(step: number): void
  readonly steered: SteeredRun
  readonly agent: Agent
  /** Runs a number of steps of a second each. The additional time of a step, and its loss, can be set for each step. */
  train(steps: number, given?: { readonly loss?: number | null; readonly extraMs?: (step: number) => number }): void
  /** `action tag decision` for each answer to a checkpoint command. */
  checkpoints(): readonly string[]
}

function beside(checkpoints?: CheckpointHandlers, options: Partial<AgentOptions> = {}): Beside {
  const steered = steeredRun({ lr: 0.4, ...(checkpoints !== undefined && { checkpoints }) })
  let nowMs = START_MS
  const agent = agentOf(steered.dir, { nowMs: () => nowMs, ...options })
  return {
    steered,
    agent,
    report(step) {
      nowMs += 1000
      record(steered.dir, { step, loss: 0.1, ms: nowMs })
      agent.look()
    },
    train(steps, { loss, extraMs = () => 0 } = {}) {
      for (let i = 0; i < steps; i++) {
        const step = steered.next
        nowMs += 1000 + extraMs(step)
        const shown = loss === undefined ? 2 / (1 + step / 10) : loss
        record(steered.dir, { step, loss: shown, ms: nowMs })
        steered.step()
        agent.look()
      }
    },
    checkpoints: () =>
      steered
        .ledger()
        .filter(({ op }) => op === 'checkpoint')
        .map(({ params, decision }) => `${params?.['action']} ${params?.['tag']} ${decision}`),
  }
}

function record(dir: string, { step, loss, ms }: { step: number; loss: number | null; ms: number }): void {
  const line = { step, wall_time: ms / 1000, metrics: { loss } }
  appendFileSync(join(dir, runFiles.metrics), `${JSON.stringify(line)}\n`)
}

function agentOf(dir: string, options: Partial<AgentOptions>): Agent {
  const read = readRuleFile(RULES)
  if (!read.ok) throw new Error(read.reason)
  const agent = openAgent(dir, {
    mode: 'auto',
    ruleSet: read.value,
    keyMetric: null,
    limits: DEFAULT_LIMITS,
    ...options,
  })
  onTestFinished(() => agent.close())
  return agent
}

function planOf({ steered }: Beside): readonly string[] | undefined {
  return readAutopilotHistory(steered.run).actions.find(({ rule }) => rule === 'lost')?.plan
}

test('an agent requests a checkpoint every epoch, keeps three, and goes back to the last good one', () => {
  const training = beside(SAVES)
  training.train(560)
  const saved = ['auto-102', 'auto-202', 'auto-302', 'auto-402', 'auto-502'].map((tag) => `save ${tag} applied`)
  // The trainer had already begun, so its state is no longer that of the start.
  expect(training.checkpoints().filter((told) => !told.startsWith('drop'))).toEqual([
    'save auto-start expired',
    ...saved,
  ])
  expect(training.checkpoints().filter((told) => told.startsWith('drop'))).toEqual([
    'drop auto-102 applied',
    'drop auto-202 applied',
  ])
  training.train(1, { loss: null })
  training.train(1, { loss: null })
  expect(training.checkpoints().at(-1)).toBe('load auto-502 applied')
  expect([training.steered.rate(), training.steered.next]).toEqual([0.2, 502])
})

test('an agent that runs before the first step requests a save of the start, which happens right after that step', () => {
  const steered = steeredRun({ checkpoints: SAVES, hasBegun: false })
  agentOf(steered.dir, {})
  steered.step()
  expect(steered.ledger()).toMatchObject([
    { decision: 'applied', payload: { action: 'save', tag: 'auto-start', step: 1 } },
  ])
})

test('a trainer that saves no checkpoints gets one request, and a rescue states that it saves none', () => {
  const training = beside()
  training.train(300)
  expect(training.checkpoints()).toEqual(['save auto-start expired', 'save auto-102 failed'])
  training.train(1, { loss: null })
  training.train(1, { loss: null })
  expect(planOf(training)).toContain('the weights stay as they are: this trainer saves no checkpoints')
  expect(training.steered.rate()).toBeCloseTo(0.04, 9)
})

test('a rescue does not state that a trainer saves no checkpoints if it only has saved none yet', () => {
  const training = beside(SAVES)
  training.train(20)
  training.train(1, { loss: null })
  expect(planOf(training)).toContain('the weights stay as they are: there is no checkpoint to go back to')
})

test('a trainer that restarts with checkpoints gets requests again', () => {
  const training = beside()
  training.train(120)
  training.steered.restart(SAVES)
  training.train(120)
  expect(training.checkpoints()).toContain('save auto-202 applied')
})

test('after a save that took ten seconds there is no other for a thousand seconds', () => {
  const training = beside(SAVES)
  // The save of step 101 delays step 102.
  training.train(1200, { extraMs: (step) => (step === 102 ? 10_000 : 0) })
  const saved = training.checkpoints().filter((told) => told.startsWith('save') && told.endsWith('applied'))
  expect(saved.map((told) => Number(/\d+/.exec(told)?.[0]))).toEqual([102, expect.any(Number)])
  expect(Number(/\d+/.exec(saved[1] ?? '')?.[0])).toBeGreaterThan(1100)
})

test('the deletion of a checkpoint is requested once, however long the trainer takes to answer', () => {
  const training = beside(SAVES)
  // Four are saved now; at the next record the agent requests the deletion of the first one.
  while (!training.checkpoints().includes('save auto-402 applied')) training.train(1)
  for (let i = 0; i < 5; i++) training.report(training.steered.next + i)
  training.train(20)
  expect(training.checkpoints().filter((told) => told.startsWith('drop'))).toEqual(['drop auto-102 applied'])
})

test('if a trainer can save but not load, a rescue only lowers the rate, and no more checkpoints are requested, reported once', () => {
  const said: string[] = []
  const training = beside({ save: SAVES.save }, { note: (text) => void said.push(text) })
  training.train(320)
  // The run is lost, and the first rescue finds that nothing can be loaded.
  training.train(120, { loss: null })
  expect(training.checkpoints()).toContain('load auto-202 failed')
  expect(training.steered.rate()).toBeCloseTo(0.04, 9)
  const plans = readAutopilotHistory(training.steered.run).actions.flatMap(({ plan }) => plan)
  expect(plans).toContain(
    'the weights stay as they are: this trainer cannot load a checkpoint while it trains; to go back, stop it and restart it from a checkpoint',
  )
  const before = training.checkpoints().length
  training.train(250, { loss: 0.1 })
  expect([training.checkpoints().length, said]).toEqual([
    before,
    [
      'autopilot: this trainer cannot load checkpoints, so no more are saved and a rescue can only lower the rate; ' +
        'to go back, stop the trainer and restart it from a checkpoint',
    ],
  ])
})

test.each(['never', 'ask'] as const)(
  'with `checkpoint: %s` in the limits no checkpoint is saved for rescues, reported once',
  (permission) => {
    const said: string[] = []
    const limits = { ...DEFAULT_LIMITS, words: { ...DEFAULT_LIMITS.words, checkpoint: permission } }
    const training = beside(SAVES, { limits, note: (text) => void said.push(text) })
    training.train(350)
    expect([training.checkpoints(), said]).toEqual([
      [],
      [`autopilot: no checkpoints will be saved for rescues because \`limits\` contains \`checkpoint: ${permission}\``],
    ])
  },
)

test('checkpoints that would fill a third of the free disk are no longer saved, and that is reported once', () => {
  const said: string[] = []
  // A sparse file: it has the size of the free disk space, but occupies none.
  const huge: CheckpointHandlers = {
    save({ dir }) {
      const path = join(dir, 'weights.bin')
      writeFileSync(path, '')
      const { bavail, bsize } = statfsSync(dir)
      truncateSync(path, Math.min(bavail * bsize, 2 ** 43))
    },
    load: () => undefined,
  }
  const training = beside(huge, { note: (text) => void said.push(text) })
  training.train(350)
  expect(training.checkpoints().filter((told) => told.endsWith('applied'))).toEqual(['save auto-102 applied'])
  expect(said).toEqual([
    expect.stringMatching(
      /^autopilot: no more checkpoints will be saved for rescues: 4 of them need \d+ bytes, but only \d+ are free$/,
    ),
  ])
})

test.each(['off', 'frozen', 'ended'] as const)('if the autopilot or the run is %s, nothing is saved', (how) => {
  const training = beside(SAVES, { mode: how === 'off' ? 'off' : 'auto' })
  const before = commandsIn(training.steered.dir)
  if (how === 'frozen') training.steered.run.writeFreeze({ ...UNFROZEN, mode: 'prod' })
  if (how === 'ended') {
    training.train(1)
    training.steered.stop()
    for (let step = 2; step < 250; step++) training.report(step)
  } else training.train(250)
  training.agent.close()
  agentOf(training.steered.dir, { mode: how === 'off' ? 'off' : 'auto', takeOver: true }).look()
  expect(commandsIn(training.steered.dir)).toBe(before)
})

function commandsIn(dir: string): string {
  const path = join(dir, runFiles.commands)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
