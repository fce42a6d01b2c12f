import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { type Answer, WIRE_VERSION } from '../src/index.ts'
import { serveTrainer } from '../src/node/serve-trainer.ts'
import { createMemoryPage } from '../src/testing.ts'
import { runDir } from './program.ts'

afterEach(() => void vi.useRealTimers())

/** A sidecar in this process that records its exit. */
function serving(answers: readonly (Answer | null)[] = []) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const [page, contacts] = [createMemoryPage(), new PassThrough()]
  const sent: Record<string, unknown>[] = []
  const logged: string[] = []
  const waiting = [...answers]
  let [parent, exits] = [7, 0]
  serveTrainer({
    page,
    answers: { read: () => waiting.shift() ?? null },
    contacts,
    send: (value) => void sent.push(JSON.parse(JSON.stringify(value))),
    log: (line) => void logged.push(line),
    parent: () => parent,
    exit: () => {
      exits++
      throw new Error('exit')
    },
  })
  // An exit within a contact is simulated by an exception that passes through the stream, unlike a real exit.
  const say = (...messages: readonly object[]): void => {
    try {
      contacts.emit('data', Buffer.from(messages.map((one) => `${JSON.stringify(one)}\n`).join('')))
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'exit') throw error
    }
  }
  const ends = (act: () => void): void => expect(act).toThrow('exit')
  return {
    ...{ page, contacts, sent, logged, say, ends },
    exits: () => exits,
    orphan: () => {
      parent = 1
    },
  }
}

const opening = (dir: string): object => ({
  k: 'open',
  bridge: WIRE_VERSION,
  run_dir: dir,
  controls: [{ key: 'heat', type: 'float', group: 'custom', initial: [1] }],
  identity: { pid: process.pid, host: 'here' },
  continue: 'history',
  paused: false,
  metrics: { system: false },
  handlers: { save: false, load: false },
  shapes: [],
})
const apply = (step: number, more: object = {}): object => ({
  ...{ k: 'apply', env: { step }, events: ['e'], call: 0, head: 0 },
  ...more,
})
const SET = { module: 'custom', op: 'set_params', params: { heat: 2 }, cid: 'a' }

test('a sidecar first sends its versions, and refuses a malformed line without exiting', () => {
  const { sent, say, exits } = serving()
  expect(sent).toEqual([
    { k: 'hello', bridge: WIRE_VERSION, version: expect.stringMatching(/^\d+\.\d+\.\d+/), node: process.versions.node },
  ])
  say({ k: 'dance' })
  expect(sent.slice(1)).toEqual([
    { k: 'error', code: 'bad-line', message: expect.stringContaining('`k` of a line from the client must be one of') },
  ])
  expect(exits()).toBe(0)
})

test('a contact is answered, after any requests to the trainer, and a bell is not', () => {
  const { sent, say } = serving([{ v: null }])
  say(opening(runDir()), { k: 'bell', head: 0 })
  expect(sent.slice(1)).toMatchObject([{ k: 'done', attempt: 1 }])
  say(apply(3, { submits: [SET] }))
  expect(sent.slice(2)).toMatchObject([{ k: 'set', i: 0, v: [2], cid: 'a' }, { k: 'done' }])
})

test('documents that are due are written after the answer', async () => {
  const dir = runDir()
  const { say } = serving()
  say(opening(dir))
  const step = () => JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8')).step
  await vi.waitUntil(
    () => {
      say(apply(3))
      return step() === 3
    },
    { timeout: 300_000, interval: 20 },
  )
})

test('the run directory is watched once it is open, and a command there requests a contact from the trainer', () => {
  const dir = runDir()
  const { page, say } = serving()
  // By this clock, documents would be due, which also requests a contact.
  const now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now)
  onTestFinished(() => void clock.mockRestore())
  vi.advanceTimersByTime(500)
  say(opening(dir), apply(0))
  page.lower()
  vi.advanceTimersByTime(500)
  expect(page.isRaised()).toBe(false)
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(SET)}\n`)
  vi.advanceTimersByTime(500)
  expect(page.isRaised()).toBe(true)
})

test('the process exits when the trainer has closed its run', () => {
  const dir = runDir()
  const { sent, say, exits } = serving()
  say(opening(dir), apply(0), { k: 'close', head: 0 })
  expect([exits(), sent.at(-1)?.['k']]).toEqual([1, 'done'])
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))).toMatchObject({ closed: true })
})

/** Opens a run, and puts a record of metrics into the ring that no contact has announced. */
function measured(answers: readonly (Answer | null)[] = []) {
  const dir = runDir()
  const one = serving(answers)
  one.say(opening(dir), apply(0))
  one.page.putMetrics({ step: 1, epoch: null, wallTime: 1, metrics: { loss: 3 } })
  const written = () =>
    existsSync(join(dir, 'hotcb.metrics.jsonl')) && readFileSync(join(dir, 'hotcb.metrics.jsonl'), 'utf8')
  return { ...one, dir, written }
}

test.each<[string, (one: ReturnType<typeof measured>) => void]>([
  ['its pipe has ended', ({ contacts, ends }) => ends(() => contacts.emit('end'))],
  ['its pipe is broken', ({ contacts, ends }) => ends(() => contacts.emit('error', new Error('EPIPE')))],
  [
    'the sidecar has another parent',
    ({ orphan, ends, exits }) => {
      vi.advanceTimersByTime(1000)
      expect(exits()).toBe(0)
      orphan()
      ends(() => vi.advanceTimersByTime(1000))
    },
  ],
])('a trainer counts as gone when %s: its last metrics are written, and the process exits', (_, act) => {
  const one = measured()
  act(one)
  expect(one.exits()).toBe(1)
  expect(one.written()).toContain('"loss":3')
  expect(
    JSON.parse(readFileSync(join(one.dir, 'hotcb.applied.jsonl'), 'utf8').trim().split('\n').at(-1) ?? ''),
  ).toMatchObject({
    op: 'attempt',
  })
})

test('if the trainer exits within a contact, the process exits, and changes that were not applied are not recorded', () => {
  const { say, exits, written, dir } = measured()
  say(apply(2, { submits: [SET] }))
  expect(exits()).toBeGreaterThan(0)
  expect(written()).toContain('"loss":3')
  expect(readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')).not.toContain('"applied","params":{"heat":2}')
})

test('unreadable last metrics are logged, and the process exits anyway', () => {
  const { page, logged, contacts, ends, exits } = measured()
  page.bytes.fill(0xff, 4096)
  ends(() => contacts.emit('end'))
  expect([exits(), logged]).toEqual([
    1,
    [expect.stringMatching(/^the last metrics could not be written: the ring has/)],
  ])
})
