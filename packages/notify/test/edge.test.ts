import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEdge, type EdgeEvent, type NotifyRule } from '../src/index.ts'

type Timing = Pick<NotifyRule, 'on' | 'hold' | 'cooldown'>

const RULE: Timing = { on: 'paused', hold: { seconds: 0 }, cooldown: { seconds: 60 } }

/** Checks the condition once a second; `1` is true. Returns the messages as `second phase count`. */
function told(rule: Timing, looks: string, from?: Parameters<typeof createEdge>[1]): readonly string[] {
  const edge = createEdge(rule, from)
  return [...looks].flatMap((look, second) => {
    const event = edge.see(look === '1', { now: 1000 + second, step: second })
    return event === undefined ? [] : [`${second} ${event.phase} ${event.count}`]
  })
}

describe('an edge', () => {
  test('opens once, repeats after each cooldown, and reports its end', () => {
    const looks = `0${'1'.repeat(130)}00`
    expect(told(RULE, looks)).toEqual(['1 opened 1', '61 repeated 0', '121 repeated 0', '131 recovered 0'])
  })

  test('that flickers is reported once per cooldown, with the number of times it has begun since', () => {
    // It begins at 1, 3, 5 and so on.
    const looks = '01'.repeat(40)
    expect(told(RULE, looks)).toEqual(['1 opened 1', '2 recovered 0', '61 opened 30', '62 recovered 0'])
  })

  test('must last as long as the rule requires before it is reported', () => {
    const rule: Timing = { ...RULE, hold: { seconds: 3 } }
    expect(told(rule, '0110111110')).toEqual(['7 opened 1', '9 recovered 0'])
    expect(told({ ...rule, hold: { steps: 2 } }, '0110111110')).toEqual(['6 opened 1', '9 recovered 0'])
  })

  test('for a final state is not repeated while it lasts, and the end of `finished` is not reported', () => {
    expect(told({ ...RULE, on: 'finished' }, `01${'1'.repeat(200)}00`)).toEqual(['1 opened 1'])
    expect(told({ ...RULE, on: 'failed' }, `01${'1'.repeat(200)}00`)).toEqual(['1 opened 1', '202 recovered 0'])
  })

  test('continues from the state that an earlier notifier left', () => {
    const opened = { phase: 'opened', at: { now: 990, step: 5 } } as const
    expect(told(RULE, '1'.repeat(60), opened)).toEqual(['50 repeated 0'])
    expect(told(RULE, '000', opened)).toEqual(['0 recovered 0'])
    expect(told(RULE, '0001', { ...opened, phase: 'recovered' })).toEqual([])
  })

  test('that began before the run was watched is not reported, but the next one is', () => {
    const edge = createEdge(RULE)
    edge.settle(true)
    const looks = [true, true, false, true].map((is, i) => edge.see(is, { now: 100 * i, step: i })?.phase)
    expect(looks).toEqual([undefined, undefined, undefined, 'opened'])
  })

  test('is never reported more often than its cooldown, and its end only if its beginning was reported', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (looks, seconds) => {
        const edge = createEdge({ ...RULE, cooldown: { seconds } })
        const events = looks.flatMap((is, now): { now: number; phase: EdgeEvent['phase'] }[] => {
          const event = edge.see(is, { now, step: null })
          return event === undefined ? [] : [{ now, phase: event.phase }]
        })
        const begun = events.filter(({ phase }) => phase !== 'recovered')
        for (const [i, { now }] of begun.entries()) {
          const before = begun[i - 1]
          if (before !== undefined) expect(now - before.now).toBeGreaterThanOrEqual(seconds)
        }
        for (const [i, { phase }] of events.entries())
          if (phase === 'recovered') expect(events[i - 1]?.phase).toMatch(/opened|repeated/)
      }),
    )
  })
})
