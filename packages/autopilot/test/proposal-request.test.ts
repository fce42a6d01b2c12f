import type { ProposalRequest, SubmittedOp } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { actionOfRequest, agentRule, requestText, staleRequest } from '../src/proposal-request.ts'
import { control } from './support.ts'

function request(command: Partial<SubmittedOp> = {}, more: Partial<ProposalRequest> = {}): ProposalRequest {
  return {
    ...{ id: 'q1', ts: 100, source: 'mcp', author: 'bot', note: 'too high', step: 6, seq: 2 },
    command: { module: 'opt', op: 'set_params', params: { lr: 0.5 }, ...command },
    ...more,
  }
}

test("a plain control change is resolved like a rule's change", () => {
  expect(actionOfRequest(request())).toEqual({ kind: 'set', values: { lr: { to: 0.5 } } })
  const relative = { lr: { mul: 0.5 }, wd: { add: 2 }, name: 'sgd' }
  expect(actionOfRequest(request({ id: 'main', params: relative }))).toEqual({
    kind: 'set',
    values: { lr: { mul: 0.5 }, wd: { add: 2 }, name: { to: 'sgd' } },
  })
  expect(actionOfRequest(request({ params: null }))).toEqual({ kind: 'set', values: {} })
})

test('any other command is passed on unchanged, without its envelope', () => {
  const envelope = { source: 'x', note: 'n', author: 'a', cid: 'c', expires: { step: 1 } }
  const op = { module: 'core', op: 'pause', params: null }
  expect(actionOfRequest(request({ ...op, ...envelope }))).toEqual({ kind: 'op', op })
  for (const key of ['group', 'groups', 'key', 'value']) {
    const params = { lr: 0.5, [key]: 1 }
    expect(actionOfRequest(request({ params })), key).toEqual({
      kind: 'op',
      op: { module: 'opt', op: 'set_params', params },
    })
  }
  expect(actionOfRequest(request({ id: 'other' }))).toMatchObject({ kind: 'op', op: { id: 'other' } })
})

test('a request is described with its author, its channel and its reason', () => {
  expect([requestText(request()), requestText(request({}, { author: null }))]).toEqual([
    'bot asked through mcp: too high',
    'an agent asked through mcp: too high',
  ])
})

test('a request is too old after half an hour, or if a value that it contains has changed', () => {
  const controls = [control('lr', 0.1), control('wd', 0.01)]
  const stale = (seen: NonNullable<SubmittedOp['expect']> | null, now = 100): unknown =>
    staleRequest(request({ expect: seen }), controls, now)
  const late = 'no autopilot read the request within 30 minutes'
  expect([stale(null), stale(null, 1900), stale(null, 1900.5)]).toEqual([null, null, late])
  expect([stale({ lr: 0.1, wd: 0.01 }), stale({ other: 3 }), stale({ lr: 0.1, wd: 2 })]).toEqual([
    ...[null, null, 'wd was 2 when it was requested, and is 0.01'],
  ])
})

test("an agent's rule is a model's rule, with its own id", () => {
  expect(agentRule({ kind: 'do', what: 'pause' })).toEqual({
    ...{
      id: 'agent',
      description: 'a change that an agent requested',
      condition: 'when',
      metric: null,
      params: {},
      program: null,
    },
    ...{ action: { kind: 'do', what: 'pause' }, confidence: 'high', enabled: true, cooldown: 0, hold: 1, clear: 0 },
    ...{ settle: 20, version: 2, place: null },
  })
})
