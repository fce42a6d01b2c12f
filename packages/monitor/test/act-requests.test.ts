import { mkdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { writeSign } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { readMonitorConfig } from '../src/config.ts'
import { actOfRequest, PROPOSABLE_TOOLS, requestAct } from '../src/node/act-requests.ts'
import { monitorPaths, readInbox } from '../src/node/monitor-files.ts'
import type { ActRequest } from '../src/types.ts'
import { sweep } from './sweeps.ts'
import { outlookOf, trialOf } from './trials.ts'

const DRAFT = { reason: 'it is slow', source: 'mcp', author: 'claude', nowMs: 1_700_000_000_000 }

function configOf(allow = '{}') {
  const read = readMonitorConfig(`monitor: {allow: ${allow}}`)
  if (!read.ok) throw new Error('no config')
  return read.config
}

test('the tools that an agent can propose are those that change something', () => {
  expect(PROPOSABLE_TOOLS).toEqual([
    ...['run_indices', 'resume_index', 'stop_index', 'stop_all', 'prune_index', 'pause_index', 'bump_mem', 'bump_time'],
    ...['set_controls', 'run_sh'],
  ])
})

test('a proposal is added to the inbox with the state of its trials, once', async () => {
  const one = sweep('true', { trials: 3 })
  const { state, root } = one.workspace.paths
  const paths = monitorPaths(root, state)
  const first = await requestAct(one.workspace, { ...DRAFT, tool: 'run_indices', args: { indices: [1] } })
  expect(first).toEqual({
    id: expect.stringMatching(/^q[0-9a-f]{12}$/),
    text: expect.any(String),
    isKnown: false,
    monitor: null,
  })
  expect(first.text).toBe('run_indices {"indices":[1]}? it is slow (claude, through mcp)')
  expect(readInbox(paths)).toEqual([
    {
      ...{
        timestamp: '2023-11-14T22:13:20.000Z',
        source: 'mcp',
        author: 'claude',
        text: first.text,
        isOperator: false,
      },
      proposal: {
        ...{ id: first.id, tool: 'run_indices', args: { indices: [1] }, reason: 'it is slow' },
        expect: [{ i: 1, state: 'ready', attempt: 0 }],
      },
    },
  ])
  mkdirSync(state, { recursive: true })
  writeSign(paths.sign, 10, {})
  const again = { ...DRAFT, tool: 'run_indices', args: { indices: [1] }, reason: 'another', author: 'bob' }
  expect(await requestAct(one.workspace, again)).toEqual({ ...first, isKnown: true, monitor: null })
  expect(readInbox(paths)).toHaveLength(1)
  const other = await requestAct(one.workspace, { ...again, args: { indices: [2] } })
  expect([other.isKnown, readInbox(paths).length]).toEqual([false, 2])
  expect(readFileSync(paths.sign, 'utf8')).toContain(hostname())
})

test('more than twenty proposals of agents do not wait at the same time', async () => {
  const one = sweep('true', { trials: 21 })
  const request = (i: number) => requestAct(one.workspace, { ...DRAFT, tool: 'run_indices', args: { indices: [i] } })
  for (let i = 0; i < 20; i++) await request(i)
  await expect(request(20)).rejects.toMatchObject({
    code: 'refused',
    message: '20 agent proposals are already waiting for an answer',
  })
  expect(await request(19)).toMatchObject({ isKnown: true })
})

test('a request is refused with its reason', async () => {
  const one = sweep('true', { trials: 1, monitor: ', allow: {cheap: never}' })
  const request = (tool: string, args: object) => requestAct(one.workspace, { ...DRAFT, tool, args: { ...args } })
  await expect(request('x'.repeat(70), {})).rejects.toThrow(
    `\`${'x'.repeat(60)}\` must be one of ${PROPOSABLE_TOOLS.join(', ')}`,
  )
  await expect(request('read_plan', {})).rejects.toThrow('`read_plan` must be one of')
  await expect(request('run_indices', { indices: [0] })).rejects.toThrow(
    'the config allows no cheap acts (`monitor.allow.cheap`)',
  )
  await expect(request('stop_index', { index: 'x' })).rejects.toThrow('index')
})

test('a request from the inbox becomes an act if its trials have not changed', () => {
  const outlook = outlookOf([trialOf(0, { state: 'running', attempt: 1 }), trialOf(1)])
  const request: ActRequest = {
    ...{ id: 'q1', tool: 'stop_index', args: { index: 0 }, reason: 'slow' },
    expect: [{ i: 0, state: 'running', attempt: 1 }],
  }
  expect(actOfRequest(request, outlook, configOf())).toMatchObject({
    ok: true,
    value: { tool: 'stop_index', args: { index: 0, reason: 'slow' }, expect: request.expect, reason: 'slow' },
  })
  const refusal = (changed: Partial<ActRequest>, allow = '{}') => {
    const read = actOfRequest({ ...request, ...changed }, outlook, configOf(allow))
    return read.ok ? null : read.reason
  }
  expect(refusal({ expect: [{ i: 0, state: 'running', attempt: 2 }] })).toBe(
    'trial 0 has changed from running (attempt 2) to running (attempt 1)',
  )
  expect(refusal({ expect: [] })).toBe('its trials have changed since')
  expect(refusal({ tool: 'none' })).toMatch(/^`none` must be one of run_indices, /)
  expect(refusal({}, '{cheap: never}')).toBe('the config allows no cheap acts (`monitor.allow.cheap`)')
  // These tools have no argument for a reason, but the act has one.
  const paused = actOfRequest(
    { ...request, tool: 'run_sh', args: {}, expect: [] },
    outlookOf([], { halving: { metric: 'l' } as never }),
    configOf(),
  )
  expect(paused).toMatchObject({ ok: true, value: { reason: 'slow', args: {} } })
})
