import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunDetail } from '../../src/shared/wire.ts'
import { openAddress } from './address.ts'

const kept = new Map<string, string>()

beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers()
  kept.clear()
  openAddress('http://localhost:8421/')
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Answers requests to the API by their paths; any other request fails, as it does without a server. */
function serve(answers: Readonly<Record<string, unknown>>): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string) => {
    const name = path.replace('/api/', '')
    asked.push(name)
    if (!(name in answers)) throw new Error('no server')
    const answer = answers[name]
    if (answer instanceof Response) return answer
    return new Response(JSON.stringify(answer))
  })
  return asked
}

const ME = { user: null, role: 'owner', default_author: null, has_launcher: false, has_mcp: false }

test('a page with access has its config and its person', async () => {
  const session = await import('../../src/web/session.ts')
  expect(session.access.value).toBe('asking')
  const config = { chart: { max_render_points: 9 }, ui: {} }
  serve({ config, me: { ...ME, user: 'ann' } })
  await session.enter()
  expect([session.access.value, session.me.value.user, session.pageConfig.value]).toEqual(['open', 'ann', config])
})

test('a page without access asks for a token, and one without a server reports that', async () => {
  const { enter, access } = await import('../../src/web/session.ts')
  const error = { error: { code: 'unauthorized', message: 'who?' } }
  serve({ config: new Response(JSON.stringify(error), { status: 401 }), me: ME })
  await enter()
  expect(access.value).toBe('token')
  serve({})
  await enter()
  expect(access.value).toBe('offline')
})

test('a token in the address is exchanged and removed before any other request', async () => {
  const address = openAddress('http://localhost:8421/runs?q=a#token=abc')
  const { begin } = await import('../../src/web/session.ts')
  const asked = serve({ session: {}, config: {}, me: ME })
  await begin()
  expect(address.href()).toBe('http://localhost:8421/runs?q=a')
  expect(asked).toEqual(['session', 'config', 'me'])
  const again = serve({ config: {}, me: ME })
  await begin()
  expect(again).toEqual(['config', 'me'])
})

test('an error of the server has its code and its message, whatever it sent', async () => {
  const { ask, ApiError } = await import('../../src/web/api.ts')
  const problem = async (body: string, status: number) => {
    serve({ x: new Response(body, { status }) })
    const error = await ask('x').catch((caught: unknown) => caught)
    if (!(error instanceof ApiError)) throw new Error('no error')
    return [error.code, error.message]
  }
  expect(await problem('{"error":{"code":"not_found","message":"no run"}}', 404)).toEqual(['not_found', 'no run'])
  expect(await problem('<html>', 502)).toEqual(['internal', 'the server returned status 502'])
  serve({})
  await expect(ask('x')).rejects.toMatchObject({ code: 'offline' })
})

test('the author is the user of the token, or the name stored in this browser, or the default, or no one', async () => {
  const { me } = await import('../../src/web/session.ts')
  const { author, setAuthor } = await import('../../src/web/author/author.ts')
  expect(author.value).toBeUndefined()
  me.value = { ...me.value, default_author: 'preset' }
  expect(author.value).toEqual({ name: 'preset', sent: 'preset' })
  setAuthor('bob')
  expect([author.value, kept.get('hotcb-author')]).toEqual([{ name: 'bob', sent: 'bob' }, 'bob'])
  setAuthor('')
  expect(author.value).toEqual({ name: '', sent: null })
  me.value = { ...me.value, user: 'ann' }
  expect(author.value).toEqual({ name: 'ann', sent: null })
})

test('a name of an earlier visit is known, and forbidden storage is no error', async () => {
  kept.set('hotcb-author', 'eve')
  const first = await import('../../src/web/author/author.ts')
  expect(first.author.value?.name).toBe('eve')
  vi.resetModules()
  const forbidden = (): never => {
    throw new Error('forbidden')
  }
  vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden })
  const { author, setAuthor } = await import('../../src/web/author/author.ts')
  expect(author.value).toBeUndefined()
  setAuthor('kim')
  expect(author.value?.name).toBe('kim')
})

test('an unknown person is asked for a name once, and all waiting changes get the answer', async () => {
  const { askAuthor, isAsking, leaveUnasked, setAuthor } = await import('../../src/web/author/author.ts')
  const cancelled = askAuthor()
  expect(isAsking.value).toBe(true)
  leaveUnasked()
  expect([await cancelled, isAsking.value]).toEqual([undefined, false])
  const both = [askAuthor(), askAuthor()]
  setAuthor('ann')
  expect(await Promise.all(both)).toEqual([
    { name: 'ann', sent: 'ann' },
    { name: 'ann', sent: 'ann' },
  ])
  expect(await askAuthor()).toEqual({ name: 'ann', sent: 'ann' })
  expect(isAsking.value).toBe(false)
})

/** A run with the fields on which rights depend. */
function runWith(more: { readonly read_only?: string; readonly status?: string; readonly problem?: string } = {}) {
  // No other field of a run is read.
  const detail = {
    read_only: more.read_only ?? null,
    row: { status: more.status ?? 'running' },
  } as unknown as RunDetail
  return { detail: signal<RunDetail | undefined>(detail), problem: signal(more.problem ?? null) }
}

test('a viewer may only read, and an operator may not do what loads code', async () => {
  const { me } = await import('../../src/web/session.ts')
  const { connection } = await import('../../src/web/socket.ts')
  const rights = await import('../../src/web/run/rights.ts')
  const run = runWith()
  const reasons = () =>
    [rights.roleReason(run.detail.value), rights.operateReason(run), rights.ownReason(run)].map(
      (one) => one !== undefined,
    )
  expect([reasons(), rights.isViewer(), rights.isOwner()]).toEqual([[false, false, false], false, true])
  me.value = { ...me.value, role: 'operator' }
  expect([reasons(), rights.isViewer(), rights.isOwner()]).toEqual([[false, false, true], false, false])
  me.value = { ...me.value, role: 'viewer' }
  expect([reasons(), rights.isViewer()]).toEqual([[true, true, true], true])
  me.value = { ...me.value, role: 'owner' }
  connection.value = 'lost'
  expect(reasons()).toEqual([false, true, true])
  connection.value = 'open'
  expect(rights.operateReason(runWith({ read_only: 'an archive' }))).toBe('an archive')
  expect(rights.operateReason(runWith({ problem: 'it is gone' }))).toBe('Nothing can be sent: it is gone.')
})

test.each([
  ['running', false],
  ['paused', false],
  ['finished', true],
  ['silent', true],
  ['idle', true],
])('no trainer acts in a run that is %s: %j', async (status, isDead) => {
  const { deadReason } = await import('../../src/web/run/rights.ts')
  expect(deadReason(runWith({ status }).detail.value) !== undefined).toBe(isDead)
  expect(deadReason(undefined)).toBeUndefined()
})

test('the freeze mode, the step and the number of steps are those of a live trainer', async () => {
  const { frozenReason, modeOf, stepOf, totalOf } = await import('../../src/web/staged/apply-staged.ts')
  const detail = (status: string, more: object = {}) =>
    ({
      row: { status, step: 5, max_steps: 100 },
      state: { step: 7 },
      freeze: { mode: 'off' },
      ...more,
    }) as unknown as RunDetail
  expect([stepOf(detail('running')), totalOf(detail('running'))]).toEqual([7, 100])
  expect([stepOf(detail('paused', { state: null })), stepOf(detail('finished')), totalOf(detail('silent'))]).toEqual([
    5,
    null,
    null,
  ])
  expect(stepOf(detail('running', { state: null, row: { status: 'running', step: null } }))).toBeNull()
  expect([modeOf(undefined), frozenReason(undefined), frozenReason(detail('running'))]).toEqual([
    'off',
    undefined,
    undefined,
  ])
  expect(frozenReason(detail('running', { freeze: { mode: 'prod' } }))).toMatch(/^Frozen: /)
  expect(frozenReason(detail('running', { freeze: { mode: 'replay' } }))).toMatch(/^In replay: /)
})

test.each([
  [0.9, 'now'],
  [1, '1 s'],
  [89.4, '89 s'],
  [90, '2 min'],
  [5399, '90 min'],
  [5400, '2 h'],
  [129_599, '36 h'],
  [129_600, '2 d'],
  [864_000, '10 d'],
])('%d seconds are "%s"', async (seconds, text) => {
  const { duration, ago, now, dateTime, timeOfDay } = await import('../../src/web/parts/time.ts')
  expect(duration(seconds)).toBe(text)
  expect(ago(now.value - seconds)).toBe(text)
  expect([ago(0), ago(now.value + 50), dateTime(0), timeOfDay(-1)]).toEqual(['–', 'now', '–', '–'])
  expect(dateTime(1_700_000_000)).toContain('2023')
  expect(timeOfDay(1_700_000_000_000)).toMatch(/\d+:\d+:\d+/)
})

test('the time continues while the page is visible', async () => {
  const page = { baseURI: 'http://localhost:8421/', visibilityState: 'visible' }
  vi.stubGlobal('document', page)
  const { now } = await import('../../src/web/parts/time.ts')
  const start = now.value
  vi.advanceTimersByTime(5000)
  expect(now.value - start).toBe(5)
  page.visibilityState = 'hidden'
  vi.advanceTimersByTime(60_000)
  expect(now.value - start).toBe(5)
})
