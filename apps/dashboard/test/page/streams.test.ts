import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LedgerPage, RunDetail } from '../../src/shared/wire.ts'
import type { Following } from '../../src/web/socket.ts'
import type { StreamHost } from '../../src/web/streams/stream.ts'
import { openAddress } from './address.ts'

const followed: Following[] = []
const left: string[] = []

vi.mock('../../src/web/socket.ts', () => ({
  follow: (following: Following) => {
    followed.push(following)
    return () => void left.push(following.channel)
  },
  subscribe: () => undefined,
}))

let answers: Record<string, unknown> = {}
let asked: string[] = []

beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers()
  openAddress('http://localhost/')
  followed.length = 0
  left.length = 0
  answers = {}
  asked = []
  vi.stubGlobal('fetch', async (path: string, { body }: { body?: string } = {}) => {
    const name = path.replace('/api/', '')
    asked.push(body === undefined ? name : `${name} ${body}`)
    const answer = answers[name]
    if (answer === undefined) throw new Error('no server')
    return new Response(JSON.stringify(typeof answer === 'function' ? answer(JSON.parse(body ?? 'null')) : answer))
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

/** Passes a message of the server to the streams, as the socket does. */
function send(channel: string, data: unknown): void {
  for (const one of followed) if (one.channel === channel) one.onData(data as never)
}

function host(seen: string[] = []): StreamHost {
  const note = (text: string) => (): void => void seen.push(text)
  return {
    id: 'a/b',
    answers: { seed: note('seed'), take: note('take'), takeControls: note('controls') },
    reloadOthers: note('reload'),
    resumeOthers: note('resume'),
  }
}

test('the log is read once and then followed from its cursor, and keeps the newest lines', async () => {
  answers['runs/a%2Fb/log?limit=5000'] = { lines: ['one', 'two'], cursor: 'c2' }
  const { openLog } = await import('../../src/web/streams/log.ts')
  const log = openLog(host())
  expect([log.lines.value, followed]).toEqual([undefined, []])
  await settled()
  expect([log.lines.value, followed[0]?.cursor, followed[0]?.run]).toEqual([['one', 'two'], 'c2', 'a/b'])
  send('log', ['three'])
  expect(log.lines.value).toEqual(['one', 'two', 'three'])
  send(
    'log',
    Array.from({ length: 20_000 }, (_, at) => `n${at}`),
  )
  expect([log.lines.value?.length, log.lines.value?.[0]]).toEqual([20_000, 'n0'])
  log.close()
  expect(left).toEqual(['log'])
})

test('a log that was replaced is read again, and a closed one ignores a late answer', async () => {
  answers['runs/a%2Fb/log?limit=5000'] = { lines: ['old'], cursor: 'c' }
  const { openLog } = await import('../../src/web/streams/log.ts')
  const log = openLog(host())
  await settled()
  answers['runs/a%2Fb/log?limit=5000'] = { lines: ['new'], cursor: 'd' }
  followed[0]?.onRestart?.('x')
  await settled()
  expect([log.lines.value, followed.at(-1)?.cursor]).toEqual([['new'], 'd'])
  answers['runs/a%2Fb/log?limit=5000'] = { lines: ['late'], cursor: 'e' }
  log.reload()
  log.close()
  await settled()
  expect(log.lines.value).toEqual(['new'])
})

test('a log that cannot be read is followed once it can be', async () => {
  const { openLog } = await import('../../src/web/streams/log.ts')
  const log = openLog(host())
  await settled()
  expect([log.lines.value, followed.length]).toEqual([undefined, 0])
  answers['runs/a%2Fb/log?limit=5000'] = { lines: [], cursor: null }
  log.reload()
  await settled()
  expect([log.lines.value, followed.length]).toEqual([[], 1])
})

function pageOf(more: Partial<LedgerPage>): LedgerPage {
  return { lines: [], total: 0, start: 0, cursor: 'c', garbage: 0, ...more }
}

/** A line of the ledger, with the fields that streams read. */
function line(seq: number, step = seq): LedgerPage['lines'][number] {
  const op = { module: 'opt', op: 'set_params', id: 'main', payload: { lr: 1 }, decision: 'applied', source: 'cli' }
  return { seq, step, attempt: null, of: null, ...op } as unknown as LedgerPage['lines'][number]
}

const LEDGER = 'runs/a%2Fb/ledger?limit=500'
const MARKERS = { markers: [], refused: [], attempt: 0, lines: 0 }

test('the ledger has its newest lines and all markers, and new lines are added when they are sent', async () => {
  answers['runs/a%2Fb/markers'] = { ...MARKERS, lines: 8 }
  answers[LEDGER] = pageOf({ lines: [line(7), line(8), line(9)], start: 6, total: 9, garbage: 1 })
  const seen: string[] = []
  const { openLedger } = await import('../../src/web/streams/ledger.ts')
  const ledger = openLedger(host(seen))
  await settled()
  expect(ledger.view.value).toMatchObject({ start: 6, total: 9, garbage: 1 })
  // The markers know the first eight lines.
  expect(ledger.markers.value.map(({ seq }) => seq)).toEqual([9])
  send('ledger', [])
  send('ledger', [line(10)])
  expect(ledger.view.value).toMatchObject({ start: 6, total: 10 })
  expect(ledger.view.value?.lines.map(({ seq }) => seq)).toEqual([7, 8, 9, 10])
  expect(ledger.markers.value.map(({ seq }) => seq)).toEqual([9, 10])
  expect(seen).toEqual(['seed', 'take'])
})

test('older lines are put before the others, and not requested if there are none', async () => {
  answers['runs/a%2Fb/markers'] = MARKERS
  answers[LEDGER] = pageOf({ lines: [line(7)], start: 6, total: 7 })
  answers['runs/a%2Fb/ledger?limit=1000&before=6'] = pageOf({ lines: [line(5), line(6)], start: 4, total: 7 })
  const { openLedger } = await import('../../src/web/streams/ledger.ts')
  const ledger = openLedger(host())
  await ledger.loadOlder()
  expect(asked.some((path) => path.includes('before'))).toBe(false)
  await settled()
  // Two requests at the same time become one.
  await Promise.all([ledger.loadOlder(), ledger.loadOlder()])
  expect(ledger.view.value).toMatchObject({ start: 4, total: 7 })
  expect(ledger.view.value?.lines.map(({ seq }) => seq)).toEqual([5, 6, 7])
  await ledger.loadOlder()
  expect(ledger.view.value?.lines).toHaveLength(3)
})

/** The state of a run, with the fields that its stream reads. */
function stateOf(more: object = {}): RunDetail {
  return { run: { run_id: 'r' }, state: { step: 1 }, controls: [], checkpoints: [], ...more } as unknown as RunDetail
}

test('the state of a run and its checkpoints are read, and then updated by what is sent', async () => {
  const { checkpoints: _, ...sent } = stateOf({ state: { step: 2 } })
  answers['runs/a%2Fb'] = stateOf({ checkpoints: [{ tag: 'one' }] })
  const seen: string[] = []
  const { openState } = await import('../../src/web/streams/state.ts')
  const state = openState(host(seen))
  await settled()
  expect([state.detail.value?.state?.step, state.problem.value]).toEqual([1, null])
  send('state', sent)
  expect(state.detail.value).toMatchObject({ state: { step: 2 }, checkpoints: [{ tag: 'one' }] })
  send('checkpoints', { checkpoints: [{ tag: 'two' }] })
  expect(state.detail.value).toMatchObject({ state: { step: 2 }, checkpoints: [{ tag: 'two' }] })
  expect(seen).toEqual(['controls'])
  state.close()
  expect(left.sort()).toEqual(['checkpoints', 'state'])
})

test('a run that is deleted keeps its last state with the problem, and all streams are read again when it is back', async () => {
  answers['runs/a%2Fb'] = stateOf()
  const seen: string[] = []
  const { openState } = await import('../../src/web/streams/state.ts')
  const state = openState(host(seen))
  await settled()
  send('state', stateOf({ run: null, state: null }))
  expect([state.detail.value?.state?.step, state.problem.value]).toEqual([1, expect.stringContaining('deleted')])
  expect(seen).toEqual([])
  send('state', stateOf({ state: { step: 9 } }))
  expect([state.detail.value?.state?.step, state.problem.value]).toEqual([9, null])
  expect(seen).toEqual(['reload', 'controls'])
  followed.find(({ channel }) => channel === 'state')?.onGone?.()
  expect(state.problem.value).toContain('does not exist')
})

test('a state that cannot be read is reported with its reason, and is read again when the connection is back', async () => {
  const seen: string[] = []
  const { openState } = await import('../../src/web/streams/state.ts')
  const state = openState(host(seen))
  await settled()
  expect([state.detail.value, state.problem.value]).toEqual([undefined, 'the dashboard server is not responding'])
  answers['runs/a%2Fb'] = stateOf()
  followed.find(({ channel }) => channel === 'state')?.onReconnect?.()
  await settled()
  expect([state.detail.value?.state?.step, state.problem.value, seen]).toEqual([1, null, ['resume', 'reload']])
})

test('answers that are a sample are requested again until all are complete, but not after the requests were stopped', async () => {
  const { askWhole } = await import('../../src/web/streams/ask-whole.ts')
  const taken: unknown[] = []
  let rounds = 0
  const ask = async () => [{ complete: true }, { complete: ++rounds >= 3 }]
  askWhole(ask, (all, isSample) => taken.push([all?.length, isSample]))
  await settled()
  expect(taken).toEqual([[2, true]])
  await vi.advanceTimersByTimeAsync(699)
  expect(rounds).toBe(1)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(taken).toEqual([
    [2, true],
    [2, true],
    [2, false],
  ])
  const failed: unknown[] = []
  const stop = askWhole(
    () => Promise.reject(new Error('offline')),
    (...all) => failed.push(all),
  )
  await vi.advanceTimersByTimeAsync(10_000)
  expect(failed).toEqual([[undefined, false]])
  stop()
  const late: unknown[] = []
  askWhole(ask, (all) => late.push(all))()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(late).toEqual([])
})

test('a stream is opened once, and closed when its last holder leaves, unless it is kept', async () => {
  answers['runs/a%2Fb/log?limit=5000'] = { lines: [], cursor: 'c' }
  const { createRunStreams } = await import('../../src/web/streams/open-streams.ts')
  const { id, answers: log } = host()
  const streams = createRunStreams({ id, answers: log })
  const [first, second] = [streams.hold(['log']), streams.hold(['log'])]
  const opened = streams.get('log')
  await settled()
  expect(streams.get('log')).toBe(opened)
  first()
  expect(left).toEqual([])
  second()
  expect(left).toEqual(['log'])
  expect(streams.get('log')).not.toBe(opened)
  const state = streams.get('state')
  streams.hold(['state'])()
  expect(streams.get('state')).toBe(state)
  streams.close()
  expect(left).toEqual(expect.arrayContaining(['state', 'checkpoints']))
})

const ROWS = Array.from({ length: 700 }, (_, at) => ({ row: { id: `r${at}` } }))

/** The server's table of 700 runs. */
function tableAnswer({ offset, limit, version }: { offset: number; limit: number; version?: string }): object {
  const shared = { total: 900, found: ROWS.length, groups: [], unread: 0, problems: [], offset }
  if (version === 'v1') return { ...shared, version, unchanged: true, rows: [] }
  return { ...shared, version: 'v1', unchanged: false, rows: ROWS.slice(offset, offset + limit) }
}

test('the table has the rows in sight, in steps of fifty, and forgets those far away', async () => {
  answers['table'] = tableAnswer
  const { setTableQuery, table, wantRows } = await import('../../src/web/runs/table-store.ts')
  setTableQuery({ filter: 'a' })
  await settled()
  expect([table.value?.rows.size, table.value?.total, table.value?.found]).toEqual([60, 900, 700])
  setTableQuery({ filter: 'a' })
  await settled()
  expect(asked).toHaveLength(1)
  wantRows(130, 170)
  await settled()
  expect(asked[1]).toBe('table {"filter":"a","offset":100,"limit":100}')
  expect([table.value?.rows.size, table.value?.rows.get(199)?.row.id]).toEqual([160, 'r199'])
  wantRows(120, 190)
  await settled()
  expect(asked).toHaveLength(2)
  wantRows(650, 690)
  await settled()
  expect([table.value?.rows.has(199), table.value?.rows.has(699)]).toEqual([false, true])
})

test('rows of different queries are not mixed, and known rows are requested again with their version', async () => {
  answers['table'] = tableAnswer
  const { reloadTable, setTableQuery, table, followTable } = await import('../../src/web/runs/table-store.ts')
  vi.stubGlobal('document', { baseURI: 'http://localhost/', visibilityState: 'visible' })
  setTableQuery({ filter: 'a' })
  await settled()
  const before = table.value
  const stop = followTable()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked.at(-1)).toContain('"version":"v1"')
  expect(table.value).toBe(before)
  stop()
  await reloadTable()
  expect(asked.at(-1)).not.toContain('version')
  answers['table'] = (query: { offset: number; limit: number }) => ({
    ...tableAnswer(query),
    rows: [{ row: { id: 'only' } }],
    found: 1,
  })
  setTableQuery({ filter: 'b' })
  await settled()
  expect(table.value?.rows.size).toBe(1)
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked.filter((one) => one.includes('"b"'))).toHaveLength(1)
})

test('a table that cannot be read keeps its rows and reports the reason', async () => {
  answers['table'] = tableAnswer
  const { reloadTable, setTableQuery, table, tableProblem } = await import('../../src/web/runs/table-store.ts')
  setTableQuery({})
  setTableQuery({ filter: 'a' })
  await settled()
  delete answers['table']
  await reloadTable()
  expect([table.value?.rows.size, tableProblem.value]).toEqual([60, 'the dashboard server is not responding'])
  answers['table'] = tableAnswer
  await reloadTable()
  expect(tableProblem.value).toBeNull()
})

test('all ids of a query are found in pages of 500, up to the wanted number', async () => {
  answers['table'] = tableAnswer
  const { findAll } = await import('../../src/web/runs/table-store.ts')
  expect(await findAll({ filter: 'a' }, 10_000)).toEqual(ROWS.map(({ row }) => row.id))
  expect(asked.map((one) => /"offset":\d+,"limit":\d+/.exec(one)?.[0])).toEqual([
    '"offset":0,"limit":500',
    '"offset":500,"limit":500',
  ])
  expect(await findAll({}, 30)).toHaveLength(30)
})
