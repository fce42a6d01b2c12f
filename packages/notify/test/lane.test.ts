import { describe, expect, test } from 'vitest'
import { type ChannelQueue, createChannelQueue, type MessageLevel, type NotifyMessage, quietFor } from '../src/index.ts'
import { messageOf } from '../src/queue/digest.ts'

function message(title: string, level: MessageLevel = 'warning', action: string | null = null): NotifyMessage {
  return {
    title,
    text: title,
    level,
    run: 'exp',
    step: 1,
    rule: 'r',
    phase: 'opened',
    metric: null,
    value: null,
    action,
  }
}

function add(lane: ChannelQueue, id: string, since: number, level?: MessageLevel, action?: string): void {
  lane.add({ id, key: id, message: message(id, level, action ?? null), since, tries: 0 })
}

function next(lane: ChannelQueue, now: number): readonly string[] {
  return lane.next(now)?.items.map(({ id }) => id) ?? []
}

const FREE = { perHour: 1000, quiet: null }

describe('a lane', () => {
  test('tries five times, after 5, 15, 45 and 135 seconds, and then gives up', () => {
    const lane = createChannelQueue(FREE)
    add(lane, 'a', 0)
    const tried: number[] = []
    let state = 'due'
    for (let now = 0; state === 'due'; now = lane.wakeAt(now) ?? now) {
      const parcel = lane.next(now)
      if (parcel === undefined) throw new Error(`nothing at ${now}`)
      tried.push(now)
      state = lane.settle(parcel, { ok: false, reason: 'answer 500', retry: true }, now)[0]?.state ?? ''
    }
    expect(tried).toEqual([0, 5, 20, 65, 200])
    expect([state, lane.length]).toEqual(['failed', 0])
  })

  test('waits as long as the server requests, up to ten minutes, and gives up immediately on errors that no retry can fix', () => {
    const lane = createChannelQueue(FREE)
    for (const [retryAfter, wait] of [
      [2, 5],
      [90, 90],
      [1e9, 600],
    ] as const) {
      // biome-ignore format: pairs
      add(lane, 'a', 0)
      const parcel = lane.next(0)
      if (parcel === undefined) throw new Error('nothing')
      lane.settle(parcel, { ok: false, reason: 'answer 429', retry: true, retryAfter }, 0)
      expect(lane.wakeAt(0)).toBe(wait)
      lane.remove(() => true)
    }
    add(lane, 'b', 0)
    const parcel = lane.next(0)
    const settled = lane.settle(parcel ?? { items: [] }, { ok: false, reason: 'answer 403', retry: false }, 0)
    expect(settled).toMatchObject([{ state: 'failed', tries: 1, reason: 'answer 403' }])
  })

  test('sends one at a time, the most urgent first', () => {
    const lane = createChannelQueue(FREE)
    add(lane, 'info', 0, 'info')
    add(lane, 'old', 1)
    add(lane, 'critical', 2, 'critical')
    expect(next(lane, 3)).toEqual(['critical'])
    expect(next(lane, 3)).toEqual([])
    lane.settle({ items: [] }, { ok: true }, 3)
    expect(next(lane, 3)).toEqual(['old'])
  })

  test('sends the messages that a limit held back as one message, and questions separately with their buttons', () => {
    const lane = createChannelQueue({ perHour: 2, quiet: null })
    for (let i = 0; i < 6; i++) add(lane, `m${i}`, i)
    add(lane, 'question', 6, 'critical', 'a1-1')
    const sent: (readonly string[])[] = []
    for (const now of [10, 11, 12, 20, 3609]) {
      const parcel = lane.next(now)
      if (parcel === undefined) continue
      sent.push(parcel.items.map(({ id }) => id))
      lane.settle(parcel, { ok: true }, now)
    }
    expect(sent).toEqual([['question'], ['m0']])
    // The hour after the first message is over at 3610, and the hour after the second one at 3611.
    expect(lane.wakeAt(20)).toBe(3610)
    const digest = lane.next(3610)
    expect(digest?.items.map(({ id }) => id)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
    expect(digest && messageOf(digest)).toMatchObject({
      title: 'exp: 5 messages were held back',
      text: 'm1 · m2 · m3 · m4 · m5',
      rule: 'digest',
    })
    // A digest that was not accepted remains one message.
    if (digest !== undefined) lane.settle(digest, { ok: false, reason: 'x', retry: true }, 3610)
    expect(next(lane, 3620)).toHaveLength(5)
  })

  test('sends a question that was held back separately, before the other messages that were held back', () => {
    const lane = createChannelQueue({ perHour: 1, quiet: null })
    lane.remember(0)
    add(lane, 'a', 1)
    add(lane, 'question', 2, 'critical', 'a1-1')
    add(lane, 'b', 3)
    expect(next(lane, 10)).toEqual([])
    expect(next(lane, 3600)).toEqual(['question'])
    lane.settle({ items: [] }, { ok: true }, 3600)
    expect(next(lane, 7200)).toEqual(['a', 'b'])
  })

  test('counts the messages that an earlier notifier sent', () => {
    const lane = createChannelQueue({ perHour: 2, quiet: null })
    lane.remember(100)
    lane.remember(50)
    add(lane, 'a', 200)
    expect([next(lane, 200), lane.wakeAt(200)]).toEqual([[], 3650])
  })

  test('drops the oldest of the least urgent messages if its channel accepts none', () => {
    const lane = createChannelQueue(FREE)
    for (let i = 0; i < 200; i++) add(lane, `m${i}`, i, i < 100 ? 'critical' : 'info')
    const item = { id: 'one more', key: 'k', message: message('one more', 'critical'), since: 300, tries: 0 }
    expect(lane.add(item)).toMatchObject([{ state: 'dropped', item: { id: 'm100' } }])
    expect(lane.length).toBe(200)
  })
})

describe('quiet hours', () => {
  const quiet = { from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin', except: ['critical'] } as const
  const at = (text: string): number => Date.parse(text) / 1000

  test('hold back all except urgent messages until they are over, in their time zone', () => {
    // Summer: two hours ahead of UTC.
    expect(quietFor(quiet, 'info', at('2026-07-01T19:59:00Z'))).toBe(0)
    expect(quietFor(quiet, 'info', at('2026-07-01T20:00:30Z'))).toBe(9 * 3600 - 30)
    expect(quietFor(quiet, 'warning', at('2026-07-02T04:59:00Z'))).toBe(60)
    expect(quietFor(quiet, 'warning', at('2026-07-02T05:00:00Z'))).toBe(0)
    // Winter: one hour.
    expect(quietFor(quiet, 'info', at('2026-12-01T20:30:00Z'))).toBe(0)
    expect(quietFor(quiet, 'critical', at('2026-07-01T23:00:00Z'))).toBe(0)
  })

  test('end with one message that contains all messages of the night', () => {
    const lane = createChannelQueue({ perHour: 20, quiet })
    const night = at('2026-07-01T23:00:00Z')
    add(lane, 'a', night, 'info')
    add(lane, 'b', night + 10, 'info')
    expect(next(lane, night + 10)).toEqual([])
    expect(lane.wakeAt(night + 10)).toBe(at('2026-07-02T05:00:00Z'))
    expect(next(lane, at('2026-07-02T05:00:00Z'))).toEqual(['a', 'b'])
  })
})
