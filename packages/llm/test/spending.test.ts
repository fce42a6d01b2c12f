import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Caps, NO_CAPS, nanoUsd } from '../src/index.ts'
import { openSpending, type Reserved, type Spending } from '../src/node.ts'

const HALF_CENT = { nano: nanoUsd(0.005), tokens: 1000, calls: 1, actions: 0 }
const FIVE_CENTS: Caps = { ...NO_CAPS, nano: nanoUsd(0.05) }

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-spending-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function document(): string {
  return join(directory(), 'state', 'ai-spending.jsonl')
}

function kinds(spending: Spending, asked: Parameters<Spending['reserve']>[0], caps: Caps, times: number): unknown[] {
  return Array.from({ length: times }, () => told(spending.reserve(asked, caps)))
}

function told(reserved: Reserved): string {
  return reserved.kind === 'refused' ? reserved.cap : reserved.kind
}

test('a reservation counts in full until it is settled, and then the amount actually used counts', () => {
  const spending = openSpending({ path: document(), run: 'r1', nowMs: () => 0 })
  expect(spending.totals()).toEqual({
    ...{ nano: 0, reserved: 0, tokens: 0, calls: 0, actions: 0, since: null, nanoToday: 0 },
  })
  const first = spending.reserve(HALF_CENT, FIVE_CENTS)
  expect(spending.totals()).toMatchObject({ nano: 5_000_000, reserved: 5_000_000, tokens: 1000, calls: 1, since: 0 })
  if (first.kind === 'reserved') spending.settle(first.id, { nano: 1234, tokens: 10 })
  expect(spending.totals()).toMatchObject({ nano: 1234, reserved: 0, tokens: 10, calls: 1, nanoToday: 1234 })
})

test('each cap refuses a reservation that would exceed it, and is named in the result', () => {
  const cases: readonly [keyof Caps, number][] = [
    ['nano', HALF_CENT.nano * 2],
    ['nanoPerDay', HALF_CENT.nano * 2],
    ['tokens', 2000],
    ['calls', 2],
  ]
  for (const [cap, most] of cases) {
    const spending = openSpending({ path: document(), run: 'r1' })
    expect(kinds(spending, HALF_CENT, { ...NO_CAPS, [cap]: most }, 3)).toEqual(['reserved', 'reserved', cap])
  }
  const acting = openSpending({ path: document(), run: 'r1' })
  const action = { nano: 0, tokens: 0, calls: 0, actions: 1 }
  expect(kinds(acting, action, { ...NO_CAPS, actions: 1 }, 2)).toEqual(['reserved', 'actions'])
  // A call is not an action, so a used-up cap on actions does not stop it.
  expect(kinds(acting, HALF_CENT, { ...NO_CAPS, actions: 1 }, 1)).toEqual(['reserved'])
})

test('minutes count from the first call, and the daily amount counts from midnight', () => {
  let nowMs = 86_400_000 - 60_000
  const path = document()
  const spending = openSpending({ path, run: 'r1', nowMs: () => nowMs })
  const caps = { ...NO_CAPS, minutes: 10, nanoPerDay: HALF_CENT.nano }
  expect(kinds(spending, HALF_CENT, caps, 2)).toEqual(['reserved', 'nanoPerDay'])
  nowMs += 120_000
  expect(kinds(spending, HALF_CENT, caps, 1)).toEqual(['reserved'])
  nowMs += 10 * 60_000
  expect(kinds(spending, { ...HALF_CENT, nano: 0 }, caps, 1)).toEqual(['minutes'])
})

test('runs have separate totals, and share the daily amount', () => {
  const path = document()
  const [one, two] = ['r1', 'r2'].map((run) => openSpending({ path, run }))
  const caps = { ...NO_CAPS, calls: 1, nanoPerDay: HALF_CENT.nano * 2 }
  const all = [one, two, one, two].map((spending) => spending && told(spending.reserve(HALF_CENT, caps)))
  expect(all).toEqual(['reserved', 'reserved', 'nanoPerDay', 'nanoPerDay'])
})

test('damaged lines are ignored, and an incomplete line left by a killed writer is ended before the next line', () => {
  const path = document()
  const spending = openSpending({ path, run: 'r1' })
  spending.reserve(HALF_CENT, NO_CAPS)
  const lies = [
    { kind: 'settle', id: 'unknown', nano: -5, tokens: 0 },
    { kind: 'reserve', id: 'a', run: 'r1', ts: 0, nano: -1e9, tokens: 0, calls: 0, actions: 0 },
    { kind: 'reserve', id: 'b', run: 'r1', ts: null, nano: 1, tokens: 0, calls: 0, actions: 0 },
  ]
  appendFileSync(
    path,
    `nonsense\n[]\n${lies.map((one) => JSON.stringify(one)).join('\n')}\n{"kind":"reserve","id":"cut`,
  )
  expect(spending.reserve(HALF_CENT, NO_CAPS).kind).toBe('reserved')
  expect(spending.totals()).toMatchObject({ nano: 2 * HALF_CENT.nano, calls: 2 })
})

test('nothing may be spent if the file cannot be written', () => {
  const spending = openSpending({ path: '/dev/null/hotcb/ai-spending.jsonl', run: 'r1' })
  expect(spending.reserve(HALF_CENT, NO_CAPS)).toMatchObject({ kind: 'trouble' })
})
