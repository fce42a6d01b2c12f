import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, readRuleFile } from '../../src/index.ts'
import { type Agent, type AgentOptions, openAgent, readAutopilotHistory } from '../../src/node.ts'
import { ledgerOf, type SteeredRun, steeredRun } from './steered-run.ts'

// Halves the rate whenever the loss is above 1, at most once in ten steps.
const RULES = `version: 2
rules:
  - {id: high_loss, when: "loss > 1", action: {set: {lr: x0.5}}, cooldown: 10, settle: 0, confidence: high}
`

function agentOf(dir: string, mode: AgentOptions['mode'], rules = RULES, takeOver = false): Agent {
  const read = readRuleFile(rules)
  if (!read.ok) throw new Error(read.reason)
  const agent = openAgent(dir, { mode, ruleSet: read.value, keyMetric: null, limits: DEFAULT_LIMITS, takeOver })
  onTestFinished(() => agent.close())
  return agent
}

function record(dir: string, step: number, loss: number | null): void {
  const line = { step, wall_time: 1_700_000_000 + step, metrics: { loss } }
  appendFileSync(join(dir, runFiles.metrics), `${JSON.stringify(line)}\n`)
}

function isOfRule({ cid }: { readonly cid: string | null }): boolean {
  return cid?.startsWith('ap-') === true
}

function commandsOfRules(dir: string): unknown[] {
  const lines = readFileSync(join(dir, runFiles.commands), 'utf8').split('\n').filter(Boolean)
  return lines.map((text) => JSON.parse(text)).filter(isOfRule)
}

function kinds(dir: string): unknown[] {
  const lines = readFileSync(join(dir, runFiles.autopilot), 'utf8').trim().split('\n')
  return lines.map((text) => {
    const { kind, action_id } = JSON.parse(text)
    return `${kind} ${action_id}`
  })
}

/** The decisions on the rules' commands; checkpoint commands are left out. */
function changes(steered: SteeredRun): unknown[] {
  return steered
    .ledger()
    .filter(isOfRule)
    .map(({ op, cid, decision, source }) => [op, cid, decision, source])
}

test("in auto an agent sends a fired rule's command, records it, and records the kernel's decision", () => {
  const steered = steeredRun()
  const agent = agentOf(steered.dir, 'auto')
  record(steered.dir, 1, 2)
  agent.look()
  steered.step()
  agent.look()
  expect([changes(steered), steered.rate()]).toEqual([[['set_params', 'ap-a1-1', 'applied', 'autopilot']], 0.025])
  expect(kinds(steered.dir)).toEqual(['begin a1-0', 'proposed a1-1', 'queued a1-1', 'decided a1-1'])
})

test('in suggest it only proposes, and nothing happens without a person', () => {
  const steered = steeredRun()
  const agent = agentOf(steered.dir, 'suggest')
  record(steered.dir, 1, 2)
  agent.look()
  steered.step()
  agent.look()
  expect([changes(steered), steered.rate()]).toEqual([[], 0.05])
  expect(readAutopilotHistory(steered.run).actions).toMatchObject([
    { id: 'a1-1', state: 'open', rule: 'high_loss', command: { params: { lr: 0.025 }, expect: { lr: 0.05 } } },
  ])
})

test('what was recorded before the agent began never makes a rule fire', () => {
  const steered = steeredRun()
  for (let step = 1; step <= 500; step++) record(steered.dir, step, 5)
  const agent = agentOf(steered.dir, 'auto')
  for (let i = 0; i < 3; i++) agent.look()
  expect(kinds(steered.dir)).toEqual(['begin a1-0'])
  record(steered.dir, 501, 5)
  agent.look()
  expect(kinds(steered.dir)).toEqual(['begin a1-0', 'proposed a1-1', 'queued a1-1'])
})

test('in off nothing is evaluated, and a mode change is recorded', () => {
  const steered = steeredRun()
  const agent = agentOf(steered.dir, 'off')
  record(steered.dir, 1, 5)
  agent.look()
  agent.setMode('suggest')
  record(steered.dir, 2, 5)
  agent.look()
  expect(kinds(steered.dir)).toEqual(['begin a1-0', 'alert a1-0', 'proposed a1-1'])
})

test('a second agent for a run is refused, with the name of the first, and may take over', () => {
  const steered = steeredRun()
  const first = agentOf(steered.dir, 'auto')
  expect(() => agentOf(steered.dir, 'auto')).toThrow(/is held by autopilot \(process \d+ on /)
  const read = readRuleFile(RULES)
  if (!read.ok) throw new Error(read.reason)
  const options = {
    mode: 'auto' as const,
    ruleSet: read.value,
    keyMetric: null,
    limits: DEFAULT_LIMITS,
    takeOver: true,
  }
  const second = openAgent(steered.dir, options)
  onTestFinished(() => second.close())
  record(steered.dir, 1, 5)
  expect([first.look(), second.look()]).toEqual([false, true])
  expect(kinds(steered.dir)).toEqual(['begin a1-0', 'begin a2-0', 'proposed a2-1', 'queued a2-1'])
})

test('an agent does not start if a different kind of kernel controls the run', () => {
  const steered = steeredRun()
  const line = { seq: 9, step: 3, module: 'opt', op: 'set_params', id: 'main', source: 'external', decision: 'applied' }
  appendFileSync(join(steered.dir, runFiles.ledger), `${JSON.stringify(line)}\n`)
  expect(() => agentOf(steered.dir, 'auto')).toThrow(/not hotcb's/)
})

test('an agent that was killed between the log and the command sends that command once, and decides nothing twice', () => {
  const steered = steeredRun()
  const first = agentOf(steered.dir, 'auto')
  record(steered.dir, 1, 5)
  first.look()
  first.close()
  const commands = join(steered.dir, runFiles.commands)
  const [log, sent] = [join(steered.dir, runFiles.autopilot), commandsOfRules(steered.dir)]
  // As if it had been killed: neither the command nor the following log lines were written.
  writeFileSync(log, readFileSync(log, 'utf8').split('\n').slice(0, 2).join('\n').concat('\n'))
  writeFileSync(commands, '')
  const second = agentOf(steered.dir, 'auto', RULES, true)
  expect(commandsOfRules(steered.dir)).toMatchObject([{ cid: 'ap-a1-1', params: { lr: 0.025 } }])
  expect(sent).toMatchObject([{ cid: 'ap-a1-1' }])
  steered.step()
  record(steered.dir, 2, 5)
  second.look()
  second.close()
  agentOf(steered.dir, 'auto').look()
  expect([changes(steered), steered.rate()]).toEqual([[['set_params', 'ap-a1-1', 'applied', 'autopilot']], 0.025])
})

test('an agent that restarts keeps the cooldown of its rules', () => {
  const steered = steeredRun()
  const first = agentOf(steered.dir, 'auto')
  record(steered.dir, 1, 5)
  first.look()
  steered.step()
  first.look()
  first.close()
  const second = agentOf(steered.dir, 'auto')
  for (let step = 2; step <= 9; step++) record(steered.dir, step, 5)
  second.look()
  expect(ledgerOf(steered.dir).filter(isOfRule)).toHaveLength(1)
  expect(kinds(steered.dir).filter((kind) => String(kind).startsWith('proposed'))).toEqual(['proposed a1-1'])
})

test('an answer that arrived while no agent was running is recorded by the next one', () => {
  const steered = steeredRun()
  const first = agentOf(steered.dir, 'auto')
  record(steered.dir, 1, 5)
  first.look()
  first.close()
  steered.step()
  agentOf(steered.dir, 'auto').look()
  expect(kinds(steered.dir)).toEqual([
    ...['begin a1-0', 'proposed a1-1', 'queued a1-1', 'end a1-0'],
    ...['begin a2-0', 'decided a1-1'],
  ])
})

test("a command that the run's controls refuse is reported as refused", () => {
  const steered = steeredRun()
  const rules = RULES.replace('{set: {lr: x0.5}}', '{op: {module: opt, op: set_params, params: {momentum: 5}}}')
  const agent = agentOf(steered.dir, 'auto', rules)
  record(steered.dir, 1, 5)
  agent.look()
  agent.look()
  expect(kinds(steered.dir)).toEqual(['begin a1-0', 'proposed a1-1', 'decided a1-1', 'outcome a1-1'])
})
