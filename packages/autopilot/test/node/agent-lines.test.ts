import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AutopilotLine, readAutopilotLine, runFiles } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { type AutopilotEvent, DEFAULT_LIMITS, readRuleFile } from '../../src/index.ts'
import { modeOf } from '../../src/node/agent.ts'
import { type Agent, type AgentOptions, openAgent } from '../../src/node.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

const RULES = `version: 2
rules:
  - {id: high, when: "loss > 1", action: {set: {lr: x0.5}}, cooldown: 0, settle: 0, confidence: high}
`

function ruleSet(text = RULES): AgentOptions['ruleSet'] {
  const read = readRuleFile(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function agentOf({ dir }: SteeredRun, more: Partial<AgentOptions> = {}): Agent {
  const agent = openAgent(dir, {
    ...{ mode: 'suggest', ruleSet: ruleSet(), keyMetric: { name: 'loss', direction: 'min' }, limits: DEFAULT_LIMITS },
    ...{ nowMs: () => 50_000, ...more },
  })
  onTestFinished(() => agent.close())
  return agent
}

function record({ dir }: SteeredRun, step: number, loss: number): void {
  const line = { step, wall_time: 1_700_000_000 + step, metrics: { loss } }
  appendFileSync(join(dir, runFiles.metrics), `${JSON.stringify(line)}\n`)
}

const linesOf = ({ run }: SteeredRun): readonly AutopilotLine[] =>
  [...run.records('autopilot')].map(({ value }) => value)

test("an agent's log begins with its mode and its key metric, and contains each mode change", () => {
  const steered = steeredRun()
  const agent = agentOf(steered)
  for (const mode of ['suggest', 'auto', 'auto', 'ai_suggest', 'off'] as const) agent.setMode(mode)
  const base = { id: 'a1-0', step: null, source: 'autopilot', n: 1 }
  const told = linesOf(steered).map(({ action_id: id, kind, step, source, n, reason, metric }) => ({
    id,
    kind,
    step,
    source,
    n,
    reason,
    metric,
  }))
  expect(told).toEqual([
    { ...base, kind: 'begin', reason: 'mode suggest', metric: 'loss' },
    ...['auto', 'ai_suggest', 'off'].map((mode) => ({ ...base, kind: 'alert', reason: `mode ${mode}`, metric: null })),
  ])
  expect(
    linesOf(steered)
      .slice(1)
      .map(({ ts }) => ts),
  ).toEqual([50, 50, 50])
  expect(linesOf(steered).map(modeOf)).toEqual(['suggest', 'auto', 'ai_suggest', 'off'])
})

test("an agent's mode also applies to its rules", () => {
  const agent = agentOf(steeredRun(), { mode: 'ai_auto' })
  const modes = (): unknown => [agent.mode, agent.engine.mode]
  expect(modes()).toEqual(['ai_auto', 'auto'])
  agent.setMode('ai_suggest')
  expect(modes()).toEqual(['ai_suggest', 'suggest'])
  agent.setMode('off')
  expect(modes()).toEqual(['off', 'off'])
})

test("only the agent's own lines set the mode", () => {
  const line = (reason: string | null, id = 'a1-0'): AutopilotLine => {
    const read = readAutopilotLine({ action_id: id, ts: 1, n: 1, kind: 'alert', reason })
    if (!read.ok) throw new Error(read.reason)
    return read.value
  }
  expect(['off', 'suggest', 'auto', 'ai_suggest', 'ai_auto'].map((mode) => modeOf(line(`mode ${mode}`)))).toEqual([
    ...['off', 'suggest', 'auto', 'ai_suggest', 'ai_auto'],
  ])
  expect(
    [line('mode fast'), line('a mode auto'), line('mode auto.'), line(null), line('mode auto', 'a1-1')].map(modeOf),
  ).toEqual(Array(5).fill(undefined))
})

test('each decision is reported after it was recorded, and a closed agent evaluates nothing', () => {
  const steered = steeredRun()
  const seen: unknown[] = []
  const onEvents = (events: readonly AutopilotEvent[]): void => {
    seen.push([events.map(({ kind, step }) => `${kind} ${step}`).join(), linesOf(steered).length])
  }
  const agent = agentOf(steered, { onEvents })
  record(steered, 1, 0)
  expect([agent.look(), seen]).toEqual([true, []])
  record(steered, 2, 5)
  expect([agent.look(), seen]).toEqual([true, [['propose 2', 2]]])
  agent.close()
  record(steered, 3, 0)
  record(steered, 4, 5)
  expect([agent.look(), seen.length]).toEqual([false, 1])
  agent.close()
})

test('after the rules are replaced, open requests and the mode are kept', () => {
  const steered = steeredRun()
  const agent = agentOf(steered)
  record(steered, 1, 5)
  agent.look()
  const other = RULES.replace('high', 'new').replace('loss > 1', 'loss > 3')
  agent.replace(ruleSet(other), {
    limits: DEFAULT_LIMITS,
    keyMetric: { name: 'val_loss', direction: 'min' },
    onWait: 'pause',
  })
  expect(agent.engine.status()).toEqual({
    ...{ mode: 'suggest', key_metric: 'val_loss', rules: 1, rescue: null, actions: 0 },
    open: [{ id: 'a1-1', rule: 'high', state: 'open' }],
  })
  record(steered, 2, 2)
  record(steered, 3, 4)
  agent.look()
  expect(linesOf(steered).map(({ kind, step, rule_id: rule }) => [kind, step, rule])).toEqual([
    ['begin', null, null],
    ['proposed', 1, 'high'],
    ['alert', 3, 'new'],
  ])
})
