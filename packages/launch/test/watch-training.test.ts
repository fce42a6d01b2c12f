import { hostname } from 'node:os'
import { processStart } from '@hotcb/journal'
import type { JsonObject } from '@hotcb/protocol'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createEvents, type LaunchEvent } from '../src/node/events.ts'
import type { KeeperJob } from '../src/node/keeper-job.ts'
import { startKeeper } from '../src/node/start-keeper.ts'
import { type WatchedTraining, watchTraining } from '../src/node/watch-training.ts'
import { ledger, log, report, temporaryDirectory } from './live-run.ts'

vi.mock('../src/node/start-keeper.ts', () => ({ startKeeper: vi.fn(async () => ({ pid: 9, isAdopted: true })) }))

const EARLIER = processStart()?.replace(/\d+$/, '1') ?? null
const keeper = (start = processStart()): JsonObject => ({
  kind: 'begin',
  ts: 1,
  n: 1,
  data: { token: 't', host: hostname(), pid: process.pid, start, engine: 'launch' },
})
const started = (start = processStart()): JsonObject => ({
  kind: 'started',
  ts: 2,
  data: { pid: process.pid, start, host: hostname() },
})
const ENDED: JsonObject = { kind: 'ended', ts: 3, data: { exit_code: 3, signal: null, asked: null, leftovers: true } }
const noted = (text: string): JsonObject => ({ kind: 'note', ts: 3, data: { text } })

interface Watching {
  readonly dir: string
  readonly job: KeeperJob
  readonly training: WatchedTraining
  readonly events: LaunchEvent[]
  /** Waits for this number of checks, 200 ms each. */
  pass(looks?: number): Promise<void>
}

/** Watches a training run whose log has these lines. */
function watching(...lines: readonly JsonObject[]): Watching {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  vi.mocked(startKeeper).mockClear()
  const dir = temporaryDirectory()
  log(dir, ...lines)
  const job = { dir, argv: ['x'], env: { A: '1', HOTCB_RESUME: '0' } } as Partial<KeeperJob> as KeeperJob
  const events: LaunchEvent[] = []
  const pushed = { ...createEvents(), push: (event: LaunchEvent) => void events.push(event) }
  const training = watchTraining(openRunDirectory(dir), job, pushed)
  onTestFinished(() => {
    training.close()
    vi.useRealTimers()
  })
  const pass = async (looks = 1): Promise<void> => {
    for (let look = 0; look < looks; look++) await vi.advanceTimersByTimeAsync(200)
  }
  return { dir, job, training, events, pass }
}

test('new content in the log, ledger and metrics becomes events, and earlier content does not', async () => {
  const { dir, events, pass, training } = watching(keeper(), started(), noted('old'))
  expect([training.pid, training.isRunning]).toEqual([process.pid, true])
  await pass()
  expect(events).toEqual([])
  ledger(dir, { op: 'pause', cid: 'c1' })
  ledger(dir, { op: 'resume', cid: 'c2', seq: 2 })
  report(dir, 1, { loss: 3 })
  report(dir, 2, { loss: null, acc: 0.5 })
  log(dir, noted('one'), noted('two'))
  await pass()
  expect(events).toMatchObject([
    { kind: 'change', line: { op: 'pause' } },
    { kind: 'change', line: { op: 'resume' } },
    { kind: 'step', step: 2, metrics: { loss: null, acc: 0.5 } },
    { kind: 'note', text: 'one' },
    { kind: 'note', text: 'two' },
  ])
  await pass(3)
  expect(events).toHaveLength(5)
})

test('the end is reported once, with its details and after everything else', async () => {
  const { dir, events, pass, training } = watching(keeper(), started())
  log(dir, noted('late'), ENDED)
  report(dir, 1, { loss: 3 })
  await pass(2)
  const end = { exitCode: 3, signal: null, asked: null, hadLeftovers: true, metrics: { loss: 3 }, runDir: dir }
  expect(events).toMatchObject([{ kind: 'step' }, { kind: 'note', text: 'late' }, { kind: 'ended', end }])
  expect(await training.ended).toMatchObject(end)
  expect([training.pid, training.isRunning]).toEqual([null, false])
  report(dir, 2, { loss: 3 })
  await training.stop()
  await pass(20)
  expect([events.length, vi.mocked(startKeeper).mock.calls]).toEqual([3, []])
})

test('a keeper that was killed is replaced after about two seconds while the training is running', async () => {
  const { events, job, pass, training } = watching(keeper(EARLIER), started())
  await pass(9)
  expect(vi.mocked(startKeeper).mock.calls).toEqual([])
  await pass()
  expect(vi.mocked(startKeeper).mock.calls).toEqual([[{ ...job, env: { A: '1', HOTCB_RESUME: '1' } }]])
  expect(events).toEqual([{ kind: 'note', text: "the training's keeper had been killed and was started again" }])
  expect(training.isRunning).toBe(true)
})

test('a keeper that is running is not replaced', async () => {
  const { events, pass } = watching(keeper(), started())
  await pass(40)
  expect([events, vi.mocked(startKeeper).mock.calls]).toEqual([[], []])
})

test('a training run that was killed together with its keeper has ended with an unknown exit code', async () => {
  const { events, pass, training } = watching(keeper(EARLIER), started(EARLIER))
  await pass(10)
  expect(await training.ended).toMatchObject({ exitCode: null, signal: null, asked: null, stoppedEarly: true })
  expect(events).toMatchObject([{ kind: 'ended' }])
  expect(vi.mocked(startKeeper).mock.calls).toEqual([])
})

test('a problem becomes a note, and the watch continues', async () => {
  const { dir, events, pass, training } = watching(keeper(EARLIER), started())
  vi.mocked(startKeeper).mockRejectedValueOnce(new Error('no memory'))
  await pass(10)
  expect(events).toEqual([{ kind: 'note', text: 'no memory' }])
  log(dir, ENDED)
  await pass()
  expect(await training.ended).toMatchObject({ exitCode: 3 })
})

test('a request to end is sent to the keeper, or to a new one if the keeper was killed', async () => {
  const signals: unknown[] = []
  const spy = vi.spyOn(process, 'kill').mockImplementation((...given) => {
    signals.push(given)
    return true
  })
  const { training } = watching(keeper(), started())
  await training.stop()
  expect(signals).toEqual([[process.pid, 'SIGTERM']])
  const { training: orphan, dir } = watching(keeper(EARLIER), started())
  vi.mocked(startKeeper).mockImplementationOnce(async () => {
    log(dir, { ...keeper(), n: 2 })
    return { pid: 9, isAdopted: true }
  })
  await orphan.stop()
  expect(signals.filter((given) => (given as unknown[])[1] === 'SIGTERM')).toHaveLength(2)
  spy.mockRestore()
})

test('after it is closed, nothing is watched', async () => {
  const { dir, events, pass, training } = watching(keeper(EARLIER), started())
  training.close()
  report(dir, 1, { loss: 3 })
  await pass(20)
  expect([events, vi.mocked(startKeeper).mock.calls]).toEqual([[], []])
})
