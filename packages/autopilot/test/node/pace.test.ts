import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { type AutopilotEvent, DEFAULT_LIMITS, readRuleFile } from '../../src/index.ts'
import { type Agent, openAgent } from '../../src/node.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

const RULES = `version: 2
rules:
  - {id: slower, condition: slow, action: {do: notify}, settle: 0}
  - {id: gone, condition: silent, action: {do: notify}, settle: 0}
`
const LOOK_MS = 300

interface Paced {
  readonly steered: SteeredRun
  /** Reports a number of steps, one every `stepMs`; the agent checks as often as it does next to a real training run. */
  train(steps: number, stepMs: number): void
  /** Reports nothing for this time. */
  wait(ms: number): void
  /** `rule: because` of each alert. */
  readonly told: readonly string[]
}

/** A run with a real agent, whose clock the test controls, because the conditions cover minutes. */
function paced(rules = RULES): Paced {
  const steered = steeredRun()
  const told: string[] = []
  let nowMs = Date.now()
  let lookedMs = nowMs
  const agent = agentOf(steered.dir, rules, { told, nowMs: () => nowMs })
  const until = (ms: number): void => {
    while (lookedMs + LOOK_MS <= ms) {
      lookedMs += LOOK_MS
      nowMs = lookedMs
      agent.look()
    }
    nowMs = ms
  }
  let step = 0
  let endMs = nowMs
  return {
    steered,
    told,
    train(steps, stepMs) {
      for (let i = 0; i < steps; i++) {
        endMs += stepMs
        until(endMs)
        step++
        const line = { step, wall_time: nowMs / 1000, metrics: { loss: 1 } }
        appendFileSync(join(steered.dir, runFiles.metrics), `${JSON.stringify(line)}\n`)
      }
    },
    wait(ms) {
      endMs += ms
      until(endMs)
    },
  }
}

function agentOf(dir: string, rules: string, { told, nowMs }: { told: string[]; nowMs: () => number }): Agent {
  const read = readRuleFile(rules)
  if (!read.ok) throw new Error(read.reason)
  const onEvents = (events: readonly AutopilotEvent[]): void => {
    for (const event of events) if ('rule' in event) told.push(`${event.rule}: ${event.because}`)
  }
  const agent = openAgent(dir, {
    mode: 'auto', ruleSet: read.value, keyMetric: null, limits: DEFAULT_LIMITS, nowMs, onEvents,
  }) // biome-ignore format: options
  onTestFinished(() => agent.close())
  return agent
}

test('a training run with many steps per second that halves its pace is slow, and one that keeps it is not', () => {
  const run = paced()
  run.train(2500, 100)
  expect(run.told).toEqual([])
  run.train(200, 200)
  expect(run.told).toEqual([expect.stringMatching(/^slower: a step takes 0\.\d+ s, usually 0\.1\d* s$/)])
})

test('a training run whose steps take longer than the interval between checks is judged the same way', () => {
  const run = paced()
  run.train(60, 4000)
  run.train(10, 12_000)
  expect(run.told).toEqual([expect.stringMatching(/^slower: a step takes \d+(\.\d+)? s, /)])
})

test('a training run is silent once it has reported nothing for a minute and for the time of twenty steps', () => {
  const run = paced()
  run.train(100, 500)
  run.wait(59_000)
  expect(run.told).toEqual([])
  run.wait(4000)
  expect(run.told).toEqual(['gone: nothing reported for 62 s'])

  const long = paced()
  long.train(20, 10_000)
  long.wait(190_000)
  expect(long.told).toEqual([])
  long.wait(20_000)
  expect(long.told).toEqual([expect.stringMatching(/^gone: nothing reported for 20\d s$/)])
})

test('a paused or finished training run is neither slow nor silent', () => {
  const paused = paced()
  paused.train(100, 500)
  paused.steered.run.send([{ module: 'core', op: 'pause' }], { source: 'cli', author: 'ann' })
  paused.steered.step()
  paused.wait(120_000)
  const ended = paced()
  ended.train(100, 500)
  ended.steered.stop()
  ended.wait(120_000)
  expect([paused.told, ended.told]).toEqual([[], []])
})
