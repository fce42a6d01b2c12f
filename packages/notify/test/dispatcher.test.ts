import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { DeliveryResult, NotifyMessage, SendResult } from '../src/index.ts'
import type { NotifyChannel, Outgoing } from '../src/node/channel.ts'
import { createDispatcher, type Sender } from '../src/node/dispatcher.ts'

const START = 1_000_000

/** A clock that this test moves. */
function useClock(): (seconds: number) => Promise<void> {
  vi.useFakeTimers({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  onTestFinished(() => void vi.useRealTimers())
  return async (seconds) => void (await vi.advanceTimersByTimeAsync(1000 * seconds))
}

/** A channel that records sent messages, and returns success or the answers that a test defines. */
function channelOf(
  answer: (sent: number) => SendResult | Promise<SendResult> = () => ({ ok: true, ref: 'r' }),
  name = 'a',
) {
  const sent: Outgoing[] = []
  const closed: string[] = []
  const channel: NotifyChannel = {
    ...{ name, kind: 'terminal', target: 'here', chat: null },
    async send(outgoing) {
      sent.push(outgoing)
      return answer(sent.length)
    },
    async close() {
      closed.push(name)
    },
  }
  return { channel, sent, closed, ids: () => sent.map(({ id }) => id) }
}

function senderOf(isHeld = () => true) {
  const settled: string[] = []
  const sender: Sender = {
    isHeld,
    settled: (channel, all: readonly DeliveryResult[]) =>
      void settled.push(
        ...all.map(({ item, state, tries, reason, ref }) => [channel, item.id, state, tries, reason, ref].join(' ')),
      ),
  }
  return { sender, settled }
}

function item(id: string, more: Partial<NotifyMessage> = {}) {
  const message: NotifyMessage = { title: id, text: 'x', level: 'warning', run: 'r', step: 1, rule: 'r', phase: 'opened', metric: null, value: null, action: null, ...more } // biome-ignore format: one line
  return { id, key: 'k', message, since: START / 1000, tries: 0 }
}

const open = (channels: readonly NotifyChannel[], perHour = 100) =>
  createDispatcher(channels, { perHour, quiet: null }, (text) => text.replaceAll('secret', '***'))
const BUTTONS = { approve: 'yes', reject: 'no' }

describe('a dispatcher', () => {
  test('sends in order, with buttons only below a question, and reports each message', async () => {
    const pass = useClock()
    const [one, { sender, settled }] = [channelOf(), senderOf()]
    const dispatcher = open([one.channel])
    dispatcher.add('a', item('1'), sender, BUTTONS)
    dispatcher.add('a', item('2', { action: 'a1' }), sender, BUTTONS)
    dispatcher.add('a', item('3', { action: 'a2' }), sender, null)
    dispatcher.add('other', item('4'), sender, null)
    expect([dispatcher.isIdle(), one.sent]).toEqual([false, []])
    await pass(0)
    expect(one.sent.map(({ id, buttons }) => [id, buttons])).toEqual([
      ['1', null],
      ['2', BUTTONS],
      ['3', null],
    ])
    expect(settled).toEqual(['a 1 sent 1  r', 'a 2 sent 1  r', 'a 3 sent 1  r'])
    expect(dispatcher.isIdle()).toBe(true)
    await dispatcher.close()
    expect(one.closed).toEqual(['a'])
  })

  test('retries after five seconds, and reports the reason without secrets', async () => {
    const pass = useClock()
    const one = channelOf((sent) => (sent === 1 ? { ok: false, reason: 'busy secret', retry: true } : { ok: true }))
    const { sender, settled } = senderOf()
    const dispatcher = open([one.channel])
    dispatcher.add('a', item('1', { action: 'a1' }), sender, BUTTONS)
    await pass(4.9)
    expect([one.ids(), settled, dispatcher.isIdle()]).toEqual([['1'], ['a 1 due 1 busy *** '], false])
    await pass(0.2)
    expect([one.ids(), settled.at(-1)]).toEqual([['1', '1'], 'a 1 sent 2  '])
    expect(one.sent[1]?.buttons).toEqual(BUTTONS)
  })

  test('respects the hourly limit, which includes earlier messages, and checks the clock every half minute', async () => {
    const pass = useClock()
    const [one, { sender }] = [channelOf(), senderOf()]
    const dispatcher = open([one.channel], 1)
    dispatcher.remember('a', [START / 1000 - 3500])
    dispatcher.remember('other', [1])
    dispatcher.add('a', item('1'), sender, null)
    await pass(99)
    expect(one.ids()).toEqual([])
    await pass(1.1)
    expect(one.ids()).toEqual(['1'])
    // The clock is set forward by an hour.
    dispatcher.add('a', item('2'), sender, null)
    await pass(1)
    vi.setSystemTime(START + 5_000_000)
    await pass(31)
    expect(one.ids()).toEqual(['1', '2'])
  })

  test('abandons an attempt without an answer within eleven seconds, and retries the message', async () => {
    const pass = useClock()
    const [one, { sender, settled }] = [channelOf(() => new Promise(() => undefined)), senderOf()]
    open([one.channel]).add('a', item('1'), sender, null)
    await pass(10.9)
    expect(settled).toEqual([])
    await pass(0.2)
    expect(settled).toEqual(['a 1 due 1 no answer within 10 s '])
  })

  test('treats an exception from a channel as a failure', async () => {
    const pass = useClock()
    const one = channelOf(() => Promise.reject(new Error('broken secret')))
    const { sender, settled } = senderOf()
    open([one.channel]).add('a', item('1'), sender, null)
    await pass(0)
    expect(settled).toEqual(['a 1 due 1 broken *** '])
  })

  test('sends nothing about a run that another notifier has taken over, and nothing from a removed sender', async () => {
    const pass = useClock()
    const one = channelOf()
    const [lost, gone, kept] = [senderOf(() => false), senderOf(), senderOf()]
    const dispatcher = open([one.channel])
    dispatcher.add('a', item('1'), lost.sender, null)
    dispatcher.add('a', item('2'), gone.sender, null)
    dispatcher.add('a', item('3'), kept.sender, null)
    dispatcher.remove(gone.sender)
    await pass(0)
    expect([one.ids(), lost.settled, gone.settled, kept.settled]).toEqual([['3'], [], [], ['a 3 sent 1  r']])
    expect(dispatcher.isIdle()).toBe(true)
  })

  test('joins messages that a limit held back, and reports each to its sender', async () => {
    const pass = useClock()
    const one = channelOf()
    const [first, second] = [senderOf(), senderOf()]
    const dispatcher = open([one.channel], 1)
    dispatcher.remember('a', [START / 1000])
    dispatcher.add('a', item('1'), first.sender, null)
    dispatcher.add('a', item('2'), second.sender, null)
    await pass(3601)
    expect(one.sent).toMatchObject([{ id: '1', message: { title: 'r: 2 messages were held back' }, buttons: null }])
    expect([first.settled, second.settled]).toEqual([['a 1 sent 1  r'], ['a 2 sent 1  r']])
  })

  test('finishes the current message when it is closed, and sends no more', async () => {
    const pass = useClock()
    let finish: (result: SendResult) => void = () => undefined
    const one = channelOf(() => new Promise((resolve) => (finish = resolve)))
    const { sender, settled } = senderOf()
    const dispatcher = open([one.channel])
    dispatcher.add('a', item('1'), sender, null)
    dispatcher.add('a', item('2'), sender, null)
    await pass(0)
    const closing = dispatcher.close()
    await pass(1)
    expect(one.closed).toEqual([])
    finish({ ok: true })
    await closing
    await pass(60)
    expect([one.ids(), settled, one.closed]).toEqual([['1'], ['a 1 sent 1  '], ['a']])
    dispatcher.add('a', item('3'), sender, null)
    await pass(60)
    expect(one.ids()).toEqual(['1'])
  })
})
