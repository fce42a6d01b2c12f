import type { Op, Outcome } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { RankReply } from '../src/collective.ts'
import type { PutBackPlace } from '../src/put-back.ts'
import { createRanks, type Ranks } from '../src/ranks.ts'
import { createRouter } from '../src/router.ts'

const OK: RankReply = { ok: true }
const SET: Op = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.5 } }
const AT = { step: 4, total: 10 }

/** Rank 0 of three. Each gathering is answered by the next list of replies of ranks 1 and 2, or throws. */
function lead(...rounds: readonly (readonly RankReply[] | Error)[]): {
  readonly ranks: Ranks
  /** The messages to the other ranks, and the replies of rank 0. */
  readonly sent: unknown[]
} {
  const sent: unknown[] = []
  const left = [...rounds]
  const ranks = createRanks({
    rank: 0,
    worldSize: 3,
    broadcast(text) {
      if (text === null) throw new Error('rank 0 must send a text')
      sent.push(JSON.parse(text))
      return text
    },
    allGather(text) {
      sent.push(JSON.parse(text))
      const round = left.shift() ?? [OK, OK]
      if (round instanceof Error) throw round
      return [text, ...round.map((reply) => JSON.stringify(reply))]
    },
  })
  return { ranks, sent }
}

/** Executes ops on rank 0, with these outcomes in turn. */
function here(...outcomes: readonly Outcome[]): PutBackPlace & { readonly routed: Op[] } {
  const routed: Op[] = []
  const left = [...outcomes]
  return {
    routed,
    route(op) {
      routed.push(op)
      return left.shift() ?? { ok: true, payload: null }
    },
    state: null,
    table: createRouter([], null).table,
  }
}

const applied: Outcome = { ok: true, payload: { lr: 0.5 }, old: { lr: 0.1 } }

test('only rank 0 leads', () => {
  const port = { rank: 2, worldSize: 3, broadcast: () => '', allGather: () => [] }
  expect(() => createRanks(port)).toThrow(new RangeError('only rank 0 can lead, got rank 2'))
})

test('an op is executed on all ranks, and its outcome is that of rank 0', () => {
  const { ranks, sent } = lead()
  const place = here(applied)
  expect(ranks.apply(SET, 'live', AT, place)).toEqual(applied)
  expect(sent).toEqual([{ kind: 'op', op: SET, channel: 'live', step: 4, total: 10 }, OK])
  expect(place.routed).toEqual([SET])
  expect([ranks.lost, ranks.worldSize]).toEqual([null, 3])
})

test('an op that fails on one rank is reverted on the others, and the error names the rank', () => {
  const { ranks, sent } = lead([OK, { ok: false, error: 'no memory' }])
  const place = here(applied)
  expect(ranks.apply(SET, 'live', AT, place)).toEqual({
    ok: false,
    error: 'rank 2: no memory',
    ranks: [2],
    broken: [],
  })
  expect(sent.slice(2)).toEqual([{ kind: 'undo' }, OK])
  expect(place.routed[1]).toMatchObject({ module: 'opt', op: 'set_params', params: { lr: 0.1 } })
})

test('an op that fails on rank 0 is reverted on the other ranks, with nothing to revert here', () => {
  const { ranks, sent } = lead()
  const place = here({ ok: false, error: 'stuck' })
  expect(ranks.apply(SET, 'live', AT, place)).toEqual({ ok: false, error: 'rank 0: stuck', ranks: [0], broken: [] })
  expect(sent.slice(1)).toEqual([{ ok: false, error: 'stuck' }, { kind: 'undo' }, OK])
  expect(place.routed).toEqual([SET])
})

test('an op that fails on all ranks fails as on a single one, and nothing is reverted', () => {
  const reply: RankReply = { ok: false, error: 'no such key', broken: ['lr'] }
  const { ranks, sent } = lead([reply, { ...reply, broken: ['lr', 'momentum'] }])
  const failed: Outcome = { ok: false, error: 'no such key', traceback: 'at x' }
  expect(ranks.apply(SET, 'live', AT, here(failed))).toEqual({ ...failed, broken: ['lr', 'momentum'] })
  expect(sent).toHaveLength(2)
})

test('the error names what a rank could not restore, and its controls are reported once', () => {
  const { ranks } = lead(
    [{ ok: false, error: 'no memory', broken: ['lr'] }, OK],
    [OK, { ok: false, error: 'it could not be reverted: stuck', broken: ['lr', 'momentum'] }],
  )
  expect(ranks.apply(SET, 'live', AT, here(applied))).toEqual({
    ok: false,
    error: 'rank 1: no memory; rank 2: it could not be reverted: stuck',
    ranks: [1],
    broken: ['lr', 'momentum'],
  })
})

test('when the ranks are lost during an op, it is reverted on rank 0 and fails with the reason', () => {
  const lost = 'the ranks cannot be reached: rank 1 is gone'
  for (const [undone, error] of [
    [{ ok: true, payload: null }, lost],
    [{ ok: false, error: 'stuck' }, `${lost}; rank 0: it could not be reverted: stuck`],
  ] satisfies [Outcome, string][]) {
    const { ranks, sent } = lead(new Error('rank 1 is gone'))
    const place = here(applied, undone)
    expect(ranks.apply(SET, 'live', AT, place)).toEqual({ ok: false, error })
    expect(place.routed).toHaveLength(2)
    expect(ranks.lost).toBe('rank 1 is gone')
    expect(sent).toHaveLength(2)
  }
})

test('after a loss nothing more is sent, no place is due, and an op fails with the same reason', () => {
  const { ranks, sent } = lead(new Error('rank 1 is gone'))
  ranks.end({ next: { step: 0, call: 0 }, paused: false, stop: false, rewound: null })
  expect(ranks.lost).toBe('rank 1 is gone')
  const before = sent.length
  expect(ranks.isDue({ step: 5, call: 0 })).toBe(false)
  expect(ranks.apply(SET, 'live', AT, here(applied))).toEqual({
    ok: false,
    error: 'the ranks cannot be reached: rank 1 is gone',
  })
  expect(ranks.load('a')).toEqual([])
  ranks.notifyModules()
  ranks.end({ next: null, paused: false, stop: true, rewound: null })
  expect(sent).toHaveLength(before)
})

test('the ranks synchronize immediately, then at the place that the last `end` announced, and never after a null', () => {
  const { ranks } = lead()
  const due = (step: number, call: number): boolean => ranks.isDue({ step, call })
  const end = (next: { step: number; call: number } | null): void =>
    ranks.end({ next, paused: false, stop: false, rewound: null })
  expect(due(0, 0)).toBe(true)
  end({ step: 3, call: 1 })
  expect([due(2, 9), due(3, 0), due(3, 1), due(3, 2), due(4, 0)]).toEqual([false, false, true, true, true])
  end(null)
  expect(due(1000, 0)).toBe(false)
})

test('an `end` announces the next place and waits for all ranks, and the last one waits for none', () => {
  const { ranks, sent } = lead()
  const last = { next: { step: 7, call: 0 }, paused: true, stop: false, rewound: 2 }
  ranks.end(last)
  expect(sent.splice(0)).toEqual([{ kind: 'end', ...last }, OK])
  ranks.end({ next: null, paused: false, stop: true, rewound: null })
  expect(sent).toEqual([{ kind: 'end', next: null, paused: false, stop: true, rewound: null }])
})

test('events, a load and a restore are sent to all ranks, and each rank that cannot load has a line', () => {
  const { ranks, sent } = lead([{ ok: false, error: 'no such tag' }, OK])
  ranks.notifyModules()
  expect(ranks.load('best')).toEqual(['rank 1: no such tag'])
  const restore = { step: 3, total: null, stream: [], modules: [], snapshot: null, modulesAfter: [], isReset: true }
  ranks.restore(restore)
  expect(sent).toEqual([{ kind: 'events' }, { kind: 'load', tag: 'best' }, OK, { kind: 'restore', ...restore }])
})
