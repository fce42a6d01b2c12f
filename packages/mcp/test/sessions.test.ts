import { expect, test } from 'vitest'
import type { McpCaller } from '../src/index.ts'
import { clientOf, createSessions, isInitialize, type Sessions } from '../src/sessions.ts'

const ANN: McpCaller = { user: 'ann', peer: '10.0.0.1', rights: ['control'] }

function open(): { readonly sessions: Sessions; readonly clock: { nowMs: number } } {
  const clock = { nowMs: 100 }
  let count = 0
  return { sessions: createSessions({ nowMs: () => clock.nowMs, createId: () => `s${++count}` }), clock }
}

test('requests from the same client, user and address belong to one session', () => {
  const { sessions, clock } = open()
  const first = sessions.take(ANN, 'agent 1', undefined)
  expect(first).toEqual({
    ...{ id: 's1', user: 'ann', peer: '10.0.0.1', client: 'agent 1', rights: ['control'] },
    ...{ sinceMs: 100, lastMs: 100, requests: 1, isRevoked: false },
  })
  clock.nowMs = 250
  expect(sessions.take({ ...ANN, rights: [] }, 'agent 1', undefined)).toEqual({
    ...first,
    rights: [],
    lastMs: 250,
    requests: 2,
  })
  const others = [
    sessions.take({ ...ANN, user: 'bob' }, 'agent 1', undefined),
    sessions.take({ ...ANN, peer: '10.0.0.2' }, 'agent 1', undefined),
    sessions.take(ANN, null, undefined),
    sessions.take({ ...ANN, user: null }, null, undefined),
  ]
  expect(others.map(({ id, requests }) => [id, requests])).toEqual([
    ['s2', 1],
    ['s3', 1],
    ['s4', 1],
    ['s5', 1],
  ])
})

test('a request that names its session belongs to it, whatever name the client reports', () => {
  const { sessions } = open()
  const first = sessions.take(ANN, 'agent 1', undefined)
  expect(sessions.take(ANN, null, first)).toMatchObject({ id: 's1', client: 'agent 1', requests: 2 })
  expect(sessions.list()).toHaveLength(1)
})

test('a session is found by its id, and only for its own user', () => {
  const { sessions } = open()
  sessions.take(ANN, 'a', undefined)
  expect(sessions.find('s1', { ...ANN, peer: 'elsewhere' })).toMatchObject({ client: 'a' })
  expect(sessions.find('s1', { ...ANN, user: 'bob' })).toBeUndefined()
  expect(sessions.find('s2', ANN)).toBeUndefined()
})

test('sessions are listed by their last request, latest first, and a revoked session remains revoked', () => {
  const { sessions } = open()
  sessions.take(ANN, 'a', undefined)
  sessions.take(ANN, 'b', undefined)
  expect(sessions.list().map(({ client }) => client)).toEqual(['b', 'a'])
  expect(sessions.revoke('s1')).toMatchObject({ id: 's1', client: 'a', isRevoked: true })
  expect(sessions.revoke('unknown')).toBeUndefined()
  expect(sessions.take(ANN, 'a', undefined)).toMatchObject({ id: 's1', isRevoked: true, requests: 2 })
  expect(sessions.list().map(({ client, isRevoked }) => [client, isRevoked])).toEqual([
    ['a', true],
    ['b', false],
  ])
})

test('with more than a thousand sessions, the oldest one that is not revoked is removed', () => {
  const { sessions } = open()
  for (let i = 1; i <= 1000; i++) sessions.take(ANN, `c${i}`, undefined)
  expect(sessions.list()).toHaveLength(1000)
  expect(sessions.list().at(-1)?.client).toBe('c1')
  sessions.revoke('s1')
  sessions.take(ANN, 'new', undefined)
  expect(sessions.list()).toHaveLength(1000)
  expect(
    sessions
      .list()
      .slice(-2)
      .map(({ client }) => client),
  ).toEqual(['c3', 'c1'])
})

test.each<[unknown, string | null]>([
  [{ params: { clientInfo: { name: 'agent', version: '1.2' } } }, 'agent 1.2'],
  [{ params: { clientInfo: { name: 'agent' } } }, 'agent'],
  [{ params: { clientInfo: { name: 'agent', version: 2 } } }, 'agent'],
  [
    { params: { clientInfo: { name: 'old' }, _meta: { 'io.modelcontextprotocol/clientInfo': { name: 'new' } } } },
    'new',
  ],
  [{ params: { _meta: 5, clientInfo: { name: 'agent' } } }, 'agent'],
  [{ params: { clientInfo: { name: 'x'.repeat(99), version: '12345' } } }, `${'x'.repeat(99)} `],
  [{ params: { clientInfo: { name: 5 } } }, null],
  [{ params: { clientInfo: 'agent' } }, null],
  [{ params: {} }, null],
  [{ params: 5 }, null],
  [{}, null],
  [undefined, null],
])('%j leads to the client name %j', (body, client) => {
  expect(clientOf(body)).toBe(client)
})

test('control characters in the name of a client cannot reach a terminal', () => {
  expect(clientOf({ params: { clientInfo: { name: 'a\u001b[2Jb' } } })).not.toContain('\u001b')
})

test('the first request of an older client is recognized by its method', () => {
  const bodies = [{ method: 'initialize' }, { method: 'ping' }, {}, null, 'initialize']
  expect(bodies.map(isInitialize)).toEqual([true, false, false, false, false])
})
