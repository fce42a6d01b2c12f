import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles, type SubmittedOp } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { AGENT_RULE_ID, DEFAULT_LIMITS, DEFAULT_RULES, REQUEST_LIFE_S, readRuleFile } from '../../src/index.ts'
import {
  type Agent,
  type AgentOptions,
  approve,
  openAgent,
  proposalFor,
  readAutopilotHistory,
  reject,
  requestProposal,
} from '../../src/node.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

const HALVE: SubmittedOp = { module: 'opt', op: 'set_params', id: 'main', params: { lr: { mul: 0.5 } } }
const ANN = { author: 'ann', source: 'dashboard' }

function agentOf({ dir }: SteeredRun, mode: AgentOptions['mode'] = 'suggest', more: Partial<AgentOptions> = {}): Agent {
  const options = { mode, ruleSet: DEFAULT_RULES, keyMetric: null, limits: DEFAULT_LIMITS, ...more }
  const agent = openAgent(dir, options)
  onTestFinished(() => agent.close())
  return agent
}

function ask(steered: SteeredRun, command: SubmittedOp = HALVE): string {
  return requestProposal(steered.run, { command, note: 'it diverges', source: 'mcp', author: 'claude' })
}

function appliedChanges(steered: SteeredRun): number {
  return steered.ledger().filter(({ op, decision }) => op === 'set_params' && decision === 'applied').length
}

test.each(['suggest', 'auto'] as const)(
  'in mode %s a request becomes a proposal that only a person can approve',
  (mode) => {
    const steered = steeredRun()
    const agent = agentOf(steered, mode)
    const request = ask(steered)
    expect(proposalFor(steered.run, request)).toBeUndefined()
    agent.look()
    steered.step()
    const action = proposalFor(steered.run, request)
    expect(action).toMatchObject({
      state: 'open',
      rule: AGENT_RULE_ID,
      command: { params: { lr: 0.025 }, expect: { lr: 0.05 } },
    })
    expect(action?.because).toContain('claude asked through mcp: it diverges')
    expect(action?.evidence).toMatchObject({ request, seen_seq: expect.any(Number) })
    expect(appliedChanges(steered)).toBe(0)
    expect(approve(steered.run, action?.id ?? '', ANN)).toMatchObject({ ok: true })
    steered.step()
    agent.look()
    expect([steered.rate(), appliedChanges(steered)]).toEqual([0.025, 1])
    expect(proposalFor(steered.run, request)).toMatchObject({ state: 'applied', by: 'ann' })
  },
)

test('a request that a killed autopilot answered, or only read, is proposed once by the next one', () => {
  const steered = steeredRun()
  const first = agentOf(steered)
  const answered = ask(steered)
  first.look()
  const unread = ask(steered, { module: 'core', op: 'pause' })
  // Its process has exited without an `end` line.
  const log = readFileSync(join(steered.dir, runFiles.autopilot))
  first.close()
  writeFileSync(join(steered.dir, runFiles.autopilot), log)
  const second = agentOf(steered, 'suggest', { takeOver: true })
  second.look()
  second.look()
  const { actions } = readAutopilotHistory(steered.run)
  expect(actions.filter(({ state }) => state === 'open').map(({ id, evidence }) => [id, evidence['request']])).toEqual([
    ['a1-1', answered],
    ['a2-1', unread],
  ])
  approve(steered.run, 'a1-1', ANN)
  steered.step()
  second.look()
  expect([steered.rate(), appliedChanges(steered)]).toEqual([0.025, 1])
})

test('a proposal or a request is refused if the value of its control has changed in the meantime', () => {
  const steered = steeredRun()
  const agent = agentOf(steered)
  const early = ask(steered)
  agent.look()
  const late = ask(steered, { ...HALVE, params: { lr: 0.01 } })
  steered.run.send([{ module: 'opt', op: 'set_params', params: { lr: 0.04 } }], { source: 'cli' })
  steered.step()
  // The controls document is written now, before it is due.
  steered.restart()
  agent.look()
  expect(proposalFor(steered.run, late)).toMatchObject({
    state: 'told',
    because: expect.stringContaining('lr was 0.05'),
  })
  approve(steered.run, proposalFor(steered.run, early)?.id ?? '', ANN)
  steered.step()
  agent.look()
  expect([steered.rate(), proposalFor(steered.run, early)?.state]).toEqual([0.04, 'failed'])
})

test('a rejected request changes nothing', () => {
  const steered = steeredRun()
  const agent = agentOf(steered)
  const request = ask(steered, { module: 'core', op: 'stop', params: { reason: 'enough' } })
  agent.look()
  reject(steered.run, proposalFor(steered.run, request)?.id ?? '', ANN)
  steered.step()
  agent.look()
  expect(proposalFor(steered.run, request)).toMatchObject({ state: 'dismissed', by: 'ann' })
})

test.each([
  ['mode off', { mode: 'off' }, HALVE, 'the mode is off'],
  ['an unknown control', {}, { ...HALVE, params: { lrr: 1 } }, 'this trainer has no control `lrr`'],
  ['a step beyond the limits', {}, { ...HALVE, params: { lr: { mul: 1e-6 } } }, 'lr'],
] as const)('%s refuses a request, with the reason in the log', (_, options, command, reason) => {
  const steered = steeredRun()
  const agent = agentOf(steered, 'mode' in options ? options.mode : 'suggest')
  const request = ask(steered, command)
  agent.look()
  expect(proposalFor(steered.run, request)).toMatchObject({ state: 'told', because: expect.stringContaining(reason) })
})

test('an old request is refused when an autopilot finally reads it', () => {
  const steered = steeredRun()
  const first = agentOf(steered)
  const request = ask(steered)
  first.close()
  const late = Date.now() + (REQUEST_LIFE_S + 60) * 1000
  agentOf(steered, 'suggest', { nowMs: () => late }).look()
  expect(proposalFor(steered.run, request)).toMatchObject({
    state: 'told',
    because: expect.stringContaining('no autopilot read the request within 30 minutes'),
  })
})

test('at most five agent proposals wait for an answer, each for its own controls', () => {
  const steered = steeredRun()
  const agent = agentOf(steered)
  const ops: readonly SubmittedOp[] = [HALVE, { ...HALVE, params: { weight_decay: 0.1 } }]
  const requests = [...ops, ...Array.from({ length: 5 }, () => ({ module: 'core', op: 'pause' }))].map((op) =>
    ask(steered, op),
  )
  agent.look()
  expect(requests.map((one) => proposalFor(steered.run, one)?.state)).toEqual([
    ...Array.from({ length: 5 }, () => 'open'),
    'told',
    'told',
  ])
  const again = ask(steered)
  agent.look()
  expect(proposalFor(steered.run, again)?.because).toMatch(/are already waiting for an answer|is open/)
})

test('without a running autopilot nothing is written, and one line states that it must run', () => {
  const steered = steeredRun()
  expect(() => ask(steered)).toThrow(/no autopilot is watching this run.*start one with `hotcb autopilot run`/)
  agentOf(steered).close()
  expect(() => ask(steered)).toThrow(/no autopilot is watching this run/)
  expect(() => readFileSync(join(steered.dir, runFiles.proposals))).toThrow(/ENOENT/)
})

test('malformed requests are skipped', () => {
  const steered = steeredRun()
  const agent = agentOf(steered)
  const bad = [
    'nonsense',
    '{}',
    '[1]',
    '{"id":"q","ts":1,"command":{"op":"pause"}}',
    '{"id":"q","ts":"x","command":{}}',
  ]
  appendFileSync(join(steered.dir, runFiles.proposals), `${bad.join('\n')}\n`)
  const request = ask(steered)
  agent.look()
  expect(readAutopilotHistory(steered.run).actions.map(({ evidence }) => evidence['request'])).toEqual([request])
})

test('no rule in a file may have the id that is reserved for agents', () => {
  const read = readRuleFile('version: 2\nrules:\n  - {id: agent, when: "loss > 1", action: {do: notify}}\n')
  expect(read).toMatchObject({ ok: false, reason: expect.stringContaining("reserved for agents' requests") })
})
