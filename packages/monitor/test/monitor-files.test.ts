import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSpending } from '@hotcb/llm/node'
import { expect, test } from 'vitest'
import { addToChat, addToInbox, monitorPaths, objectsIn, readChat, readInbox } from '../src/node/monitor-files.ts'
import { readMonitorView } from '../src/node/monitor-view.ts'
import { becomeMonitor, livingMonitor } from '../src/node/one-monitor.ts'
import { FIRST_RECORD, readTickRecord, writeTickRecord } from '../src/node/tick-record.ts'
import { sweep } from './sweeps.ts'

function workspaceOf(monitor = '') {
  const { workspace } = sweep('true', { trials: 1, monitor })
  const paths = monitorPaths(workspace.paths.root, workspace.paths.state)
  mkdirSync(workspace.paths.state, { recursive: true })
  return { workspace, paths }
}

const LINE = { timestamp: 't', author: 'ada', text: 'x' }

test('damaged lines of a file are left out, and missing fields are empty', () => {
  const { paths, workspace } = workspaceOf()
  expect([objectsIn(paths.inbox), readInbox(paths), readChat(paths)]).toEqual([[], [], []])
  addToInbox(workspace.paths.state, { ...LINE, source: 'cli', isOperator: false })
  writeFileSync(paths.inbox, `${readFileSync(paths.inbox, 'utf8')}[1]\n{"text": 3}\n{"tex\n{"proposal": {"id": 7}}\n`)
  const empty = { timestamp: '', source: '', author: '', text: '', isOperator: true }
  expect(objectsIn(paths.inbox)[0]).toEqual({ ...LINE, source: 'cli', operator: false })
  expect(readInbox(paths)).toEqual([{ ...LINE, source: 'cli', isOperator: false }, empty, empty])
  const request = { id: 'q1', tool: 'stop_index', args: {}, reason: '', expect: [] }
  addToInbox(workspace.paths.state, { ...LINE, source: 'mcp', isOperator: false, proposal: request })
  expect(readInbox(paths).at(-1)).toEqual({ ...LINE, source: 'mcp', isOperator: false, proposal: request })
})

test('the last six lines of the chat are read, each with the role of the agent or the user', () => {
  const { paths } = workspaceOf()
  for (let at = 0; at < 8; at++)
    addToChat(paths, { ...LINE, text: `${at}`, via: 'slack', role: at === 7 ? 'agent' : 'user' })
  expect(readChat(paths).map(({ text, role }) => [text, role])).toEqual([
    ...[2, 3, 4, 5, 6].map((at) => [`${at}`, 'user']),
    ['7', 'agent'],
  ])
  expect(readChat(paths, 1)).toEqual([{ ...LINE, text: '7', via: 'slack', role: 'agent' }])
})

test('the record of a tick is read as it was written, and damaged fields are ignored', () => {
  const { paths, workspace } = workspaceOf()
  expect(readTickRecord(paths)).toEqual(FIRST_RECORD)
  const record = {
    ...{ tick: 3, at: 10.5, stamps: { 0: 'ready 0' }, inbox: 2, promptSha256: 'abc', nextAt: 20, halted: 'over' },
    ...{ failures: 1, silent: 4 },
  }
  addToInbox(workspace.paths.state, { ...LINE, source: 'cli', isOperator: true })
  writeTickRecord(paths, record)
  expect(readTickRecord(paths)).toEqual(record)
  const damaged = { tick: -1, at: '5', stamps: [], inbox: null, prompt_sha256: 4, next_at: {}, halted: 1, silent: -2 }
  writeFileSync(paths.state, JSON.stringify({ ...damaged, failures: '3' }))
  expect(readTickRecord(paths)).toEqual(FIRST_RECORD)
  writeFileSync(paths.state, JSON.stringify({ ...damaged, stamps: { 1: 4 }, failures: 0 }))
  expect(readTickRecord(paths)).toEqual({ ...FIRST_RECORD, stamps: { 1: '4' } })
  const recordIn = (text: string) => {
    writeFileSync(paths.state, text)
    return readTickRecord(paths)
  }
  for (const text of ['', '[]', '{']) expect(recordIn(text)).toEqual(FIRST_RECORD)
})

test("a monitor's view contains its last tick, its spending and the limits in the config", () => {
  const { paths, workspace } = workspaceOf(', budget: {usd: 2, usd_per_day: 1, calls: 7}')
  const most = { usd: 2, usdToday: 1, calls: 7, tokens: null }
  const none = { tick: null, tickAt: null, nextAt: null, halted: null, living: null, proposals: [], chat: [] }
  expect(readMonitorView(workspace.paths)).toEqual({
    ...none,
    spend: { usd: 0, usdToday: 0, calls: 0, tokens: 0, most },
  })
  addToInbox(workspace.paths.state, { ...LINE, source: 'cli', isOperator: true })
  writeTickRecord(paths, { ...FIRST_RECORD, tick: 3, at: 10, nextAt: 20, halted: 'over' })
  const spending = openSpending({ path: paths.spend, run: 'monitor' })
  const caps = { nano: null, nanoPerDay: null, tokens: null, calls: null, actions: null, minutes: null }
  spending.reserve({ nano: 500_000_000, tokens: 12, calls: 1, actions: 0 }, caps)
  expect(readMonitorView(workspace.paths)).toEqual({
    ...{ ...none, tick: 3, tickAt: 10, nextAt: 20, halted: 'over' },
    spend: { usd: 0.5, usdToday: 0.5, calls: 1, tokens: 12, most },
  })
  writeFileSync(join(workspace.paths.root, 'hyperherd.yaml'), '[')
  const unknown = { usd: null, usdToday: null, calls: null, tokens: null }
  expect(readMonitorView(workspace.paths).spend.most).toEqual(unknown)
})

test("a monitor's sign of life shows its health, and is removed when the monitor ends", async () => {
  const { paths, workspace } = workspaceOf()
  expect(livingMonitor(paths)).toBeNull()
  const sign = await becomeMonitor(workspace, paths)
  const shown = () => {
    const { living } = readMonitorView(workspace.paths)
    return living === null ? null : [living.health, living.why, living.process.split(' on ')[0]]
  }
  const own = `process ${process.pid}`
  expect(shown()).toEqual(['starting', null, own])
  sign.renew({ health: 'degraded', why: 'no answer' })
  expect(shown()).toEqual(['degraded', 'no answer', own])
  sign.renew({ why: 3 })
  expect(shown()).toEqual(['unknown', null, own])
  sign.check()
  // This process's own monitor does not count as another one.
  expect(livingMonitor(paths)).toBeNull()
  const text = readFileSync(paths.sign, 'utf8')
  writeFileSync(paths.sign, JSON.stringify({ ...JSON.parse(text), host: 'far-away', tick_at: 5000 }))
  expect(livingMonitor(paths)).toBe(`${own} on far-away`)
  await expect(becomeMonitor(workspace, paths)).rejects.toMatchObject({
    ...{ code: 'claimed', message: expect.stringContaining(`${own} on far-away, last seen 1970-01-01T01:23:20.000Z`) },
  })
  expect(() => sign.check()).toThrow(/another monitor/)
  sign.renew({ health: 'running' })
  sign.release()
  expect(JSON.parse(readFileSync(paths.sign, 'utf8')).why).toBe(3)
  writeFileSync(paths.sign, text)
  sign.release()
  expect([existsSync(paths.sign), shown()]).toEqual([false, null])
})
