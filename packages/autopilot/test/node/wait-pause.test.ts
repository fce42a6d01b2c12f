import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, readRuleFile } from '../../src/index.ts'
import { type Agent, type AgentOptions, approve, openAgent, reject } from '../../src/node.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

const RULES = `version: 2
rules:
  - {id: lost, condition: nan, metric: loss, action: {do: rescue}, settle: 0}
  - {id: high, when: "loss > 100", action: {set: {lr: x0.5}}, settle: 0}
`
const ANN = { author: 'ann', source: 'cli' }
const HALF_DAY_MS = 12 * 3600 * 1000

interface Asking {
  readonly steered: SteeredRun
  readonly agent: Agent
  /** Reports a loss, runs the step, and lets the agent evaluate it. */
  train(loss: number | null): void
  /** Lets the trainer apply new commands, and the agent read the result. */
  takeAndLook(): void
  later(ms: number): void
  /** Replaces the agent by a new one. */
  restart(): Agent
  /** `op decision author` for pauses, loads and changes in the ledger. */
  told(): readonly string[]
}

function asking(options: Partial<AgentOptions> = {}): Asking {
  const checkpoints = {
    save: ({ dir }: { dir: string }) => writeFileSync(join(dir, 'weights.json'), '0'),
    load: () => undefined,
  }
  const steered = steeredRun({ lr: 0.4, checkpoints })
  steered.run.send([{ module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'auto-start' } }], ANN)
  let nowMs = Date.now()
  let agent = agentOf(steered.dir, { nowMs: () => nowMs, ...options })
  const look = (): void => {
    nowMs += 2500
    agent.look()
  }
  return {
    steered,
    get agent() {
      return agent
    },
    train(loss) {
      const line = { step: steered.next, wall_time: nowMs / 1000, metrics: { loss } }
      appendFileSync(join(steered.dir, runFiles.metrics), `${JSON.stringify(line)}\n`)
      steered.step()
      look()
    },
    takeAndLook() {
      steered.step()
      look()
    },
    later(ms) {
      nowMs += ms
    },
    restart() {
      agent.close()
      agent = agentOf(steered.dir, { nowMs: () => nowMs, ...options })
      return agent
    },
    told: () =>
      steered
        .ledger()
        .filter(({ op, params }) => op !== 'checkpoint' || params?.['action'] === 'load')
        .map(({ op, decision, author }) => [op, decision, author].filter(Boolean).join(' ')),
  }
}

function agentOf(dir: string, options: Partial<AgentOptions>): Agent {
  const read = readRuleFile(RULES)
  if (!read.ok) throw new Error(read.reason)
  const base = {
    mode: 'suggest',
    ruleSet: read.value,
    keyMetric: null,
    limits: DEFAULT_LIMITS,
    onWait: 'pause',
  } as const
  const agent = openAgent(dir, { ...base, ...options })
  onTestFinished(() => agent.close())
  return agent
}

/** Trains until the run is lost and a rescue proposal is waiting. */
function waiting(options: Partial<AgentOptions> = {}): Asking {
  const all = asking(options)
  for (let i = 0; i < 5; i++) all.train(2)
  all.train(null)
  all.takeAndLook()
  return all
}

test('with `on_wait: pause` a run waits for the answer to a rescue; an approval is applied and ends the pause', () => {
  const { steered, takeAndLook, told } = waiting()
  expect(steered.isPaused).toBe(true)
  expect(approve(steered.run, 'a1-1', ANN)).toMatchObject({ ok: true })
  takeAndLook()
  takeAndLook()
  expect(told()).toEqual(['pause applied', 'checkpoint applied ann', 'set_params applied ann', 'resume applied'])
  expect([steered.isPaused, steered.rate()]).toEqual([false, expect.closeTo(0.4 / Math.sqrt(10), 9)])
})

test('a rejection ends the pause too, and so does a proposal that nobody answers in time', () => {
  const rejected = waiting()
  reject(rejected.steered.run, 'a1-1', ANN)
  rejected.takeAndLook()
  rejected.takeAndLook()
  expect(rejected.told()).toEqual(['pause applied', 'cancel applied ann', 'resume applied'])
  const lapsed = waiting()
  lapsed.later(HALF_DAY_MS)
  lapsed.takeAndLook()
  lapsed.takeAndLook()
  expect([lapsed.told(), lapsed.steered.isPaused]).toEqual([['pause applied', 'resume applied'], false])
})

test('an agent that restarts during the pause requests no second one, and ends the existing one', () => {
  const all = waiting()
  all.restart().look()
  all.takeAndLook()
  expect(all.told()).toEqual(['pause applied'])
  approve(all.steered.run, 'a1-1', ANN)
  all.steered.step()
  // It learns of the approval only from the ledger.
  all.restart().look()
  all.takeAndLook()
  expect(all.told()).toEqual(['pause applied', 'checkpoint applied ann', 'set_params applied ann', 'resume applied'])
})

test('if a person resumes or pauses the run in the meantime, that takes precedence', () => {
  const resumed = waiting()
  resumed.steered.run.send([{ module: 'core', op: 'resume' }], ANN)
  for (let i = 0; i < 3; i++) resumed.takeAndLook()
  expect([resumed.told(), resumed.steered.isPaused]).toEqual([['pause applied', 'resume applied ann'], false])

  const paused = waiting()
  paused.steered.run.send([{ module: 'core', op: 'pause' }], ANN)
  paused.takeAndLook()
  reject(paused.steered.run, 'a1-1', ANN)
  for (let i = 0; i < 3; i++) paused.takeAndLook()
  expect(paused.steered.isPaused).toBe(true)
})

test.each<[string, Partial<AgentOptions>]>([
  ['`on_wait: train`', { onWait: 'train' }],
  [
    '`pause: never` in the limits',
    { limits: { ...DEFAULT_LIMITS, words: { ...DEFAULT_LIMITS.words, pause: 'never' } } },
  ],
])('with %s the run continues', (_name, options) => {
  const { steered, told } = waiting(options)
  expect([steered.isPaused, told()]).toEqual([false, []])
})

test('the proposal of another change does not stop a training run', () => {
  const { steered, train, takeAndLook, told } = asking()
  train(200)
  takeAndLook()
  expect([steered.isPaused, told()]).toEqual([false, []])
})
