import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@hotcb/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Answer,
  type Contact,
  metricsRecord,
  type OpenMessage,
  PAGE,
  type Request,
  textRecord,
} from '../src/index.ts'
import { remoteMetrics } from '../src/node/remote-metrics.ts'
import { watchRun } from '../src/node/watch.ts'
import { createSession, type Session } from '../src/node.ts'
import { createMemoryPage, type MemoryPage } from '../src/testing.ts'
import { runDir } from './program.ts'

type Answers = Readonly<Record<string, (request: Request) => Json>>

/** A session whose trainer gives these answers. Null stands for the usual answer. */
function sessionWith(answers: Answers = {}) {
  const [page, asked, logged]: [MemoryPage, Request[], string[]] = [createMemoryPage(), [], []]
  const ask = (request: Request): Answer => {
    asked.push(request)
    try {
      return { v: answers[request.k]?.(request) ?? null }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }
  const session: Session = createSession({ page, log: (line) => logged.push(line), ask })
  const handle = (contact: object) => session.handle(contact as Contact)
  return { session, handle, page, asked, logged }
}

const opening = (dir: string, more: Partial<OpenMessage> = {}): OpenMessage => ({
  k: 'open',
  bridge: 1,
  run_dir: dir,
  controls: [],
  identity: { pid: process.pid, host: 'h' },
  continue: 'history',
  paused: false,
  metrics: false,
  handlers: { save: false, load: false },
  shapes: [],
  ...more,
})

const lines = (dir: string, name: string): Record<string, unknown>[] =>
  readFileSync(join(dir, name), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

function acksOf(reply: ReturnType<Session['handle']>): readonly Json[] {
  return reply !== null && 'acks' in reply ? reply.acks : []
}

describe("runtimectl's queue", () => {
  const queued = (dir: string, ...commands: readonly object[]): void =>
    appendFileSync(join(dir, 'commands.jsonl'), commands.map((one) => `${JSON.stringify(one)}\n`).join(''))

  test("calls the trainer's functions with the arguments that the trainer has validated, and acks the commands", () => {
    const dir = join(runDir(), 'queue')
    const { handle, asked } = sessionWith({
      'ctl.check': (request) => (request.k === 'ctl.check' && request.args[0] === 2 ? { args: [4] } : null),
      'ctl.call': (request) => {
        if (request.k === 'ctl.call' && request.path === 'bad') throw new Error('no disk')
        return null
      },
    })
    expect(handle({ k: 'queue', bridge: 1, dir })).toEqual({ k: 'done', acks: [] })
    queued(
      dir,
      { id: 'a', path: 'lr', args: [2], kwargs: { x: 1 } },
      { id: 'b', path: 'bad' },
      { id: 'c', path: 'none' },
    )
    const register = [{ path: 'lr', description: 'the rate' }, { path: 'bad' }]
    // On a busy machine, one poll is not enough for all of them.
    const acks = [...acksOf(handle({ k: 'poll', register }))]
    for (let polls = 0; acks.length < 3 && polls < 100; polls++) acks.push(...acksOf(handle({ k: 'poll' })))
    expect(acks).toMatchObject([
      { id: 'a', status: 'applied', args: [4], kwargs: { x: 1 } },
      { id: 'b', status: 'failed', error: 'no disk' },
      { id: 'c', status: 'rejected', error: 'unknown path: none' },
    ])
    expect(asked).toEqual([
      { k: 'ctl.check', path: 'lr', args: [2], kwargs: { x: 1 } },
      { k: 'ctl.call', path: 'lr' },
      { k: 'ctl.check', path: 'bad', args: [], kwargs: {} },
      { k: 'ctl.call', path: 'bad' },
    ])
    expect(lines(dir, 'acks.jsonl')).toEqual(acks)
    expect(JSON.parse(readFileSync(join(dir, 'registry.json'), 'utf8')).controls).toMatchObject([
      { path: 'lr', description: 'the rate', checked: 'call' },
      { path: 'bad', description: '' },
    ])
    expect(handle({ k: 'poll' })).toEqual({ k: 'done', acks: [] })
  })

  test('keeps the first function for a path unless it is overwritten', () => {
    const dir = runDir()
    const { handle, logged } = sessionWith()
    handle({ k: 'queue', bridge: 1, dir })
    handle({ k: 'poll', register: [{ path: 'lr' }] })
    handle({ k: 'poll', register: [{ path: 'lr', overwrite: true }] })
    expect(logged).toEqual([])
    handle({ k: 'poll', register: [{ path: 'lr' }] })
    expect(logged).toEqual([expect.stringContaining('`lr` is already registered')])
  })

  test('must be opened before it is polled, in a directory that can be created', () => {
    const { handle } = sessionWith()
    expect(handle({ k: 'poll' })).toEqual({
      k: 'error',
      code: 'bad-call',
      message: '`queue` must come before `poll`',
    })
    const dir = runDir()
    writeFileSync(join(dir, 'file'), '')
    expect(handle({ k: 'queue', bridge: 1, dir: join(dir, 'file/queue') })).toMatchObject({
      k: 'error',
      code: 'failed',
      message: expect.stringContaining('ENOTDIR'),
    })
  })
})

describe('callbacks without a kernel', () => {
  const python: Answers = { 'cb.imports': () => [], 'cb.make': () => ['set_params'], 'cb.call': () => ({ every: 1 }) }

  test('are loaded by commands and by the config, and reported together with the log', () => {
    const dir = runDir()
    writeFileSync(join(dir, 'probe.py'), 'class Probe: pass\n')
    const load = {
      module: 'cb',
      op: 'load',
      id: 'a',
      target: { kind: 'python_file', path: 'probe.py', symbol: 'Probe' },
    }
    writeFileSync(join(dir, 'mine.jsonl'), `${JSON.stringify(load)}\n`)
    const { handle, asked } = sessionWith(python)
    expect(handle({ k: 'controller', bridge: 1, run_dir: dir, commands: join(dir, 'mine.jsonl') })).toEqual({
      ...{ k: 'done', log: [], status: {} },
    })
    const first = handle({ k: 'control', step: 3 })
    expect(first).toMatchObject({ k: 'done', status: { a: { enabled: true, loaded: true } } })
    const made = asked.find((request) => request.k === 'cb.load')
    const n = made?.k === 'cb.load' ? made.n : Number.NaN
    expect(asked.at(-1)).toEqual({ k: 'cb.run', list: [n] })
    const set = { module: 'cb', op: 'set_params', id: 'a', params: { params: { every: 5 } } }
    const second = handle({ k: 'control', step: 4, submits: [set] })
    expect(JSON.stringify(second)).toContain('set_params')
    handle({ k: 'control', step: 5, callbacks: { trips: [[n, 'too slow']] } })
    const last = handle({ k: 'control', step: 6 })
    expect(last).toMatchObject({ status: { a: { enabled: false } } })
    asked.length = 0
    const end = handle({ k: 'control', step: 7, close: true })
    expect(asked).toContainEqual({ k: 'cb.call', n, method: 'close', args: [] })
    expect(end).toMatchObject({ k: 'done' })
  })

  test("use the trainer's folders and config, and each log line is sent once", () => {
    const [dir, elsewhere] = [runDir(), runDir()]
    writeFileSync(join(elsewhere, 'probe.py'), 'class Probe: pass\n')
    const path = join(elsewhere, 'probe.py')
    writeFileSync(
      join(dir, 'cb.yaml'),
      `callbacks:\n  a:\n    target: {kind: python_file, path: ${JSON.stringify(path)}, symbol: Probe}\n`,
    )
    const open = { k: 'controller', bridge: 1, run_dir: dir, config: join(dir, 'cb.yaml') }
    const allowed = sessionWith(python)
    allowed.handle({ ...open, roots: [elsewhere] })
    expect(allowed.handle({ k: 'control', step: 0 })).toMatchObject({ status: { a: { loaded: true } } })
    const refused = sessionWith(python)
    refused.handle(open)
    const first = refused.handle({ k: 'control', step: 0 })
    expect(first !== null && 'log' in first && first.log.length).toBeGreaterThan(0)
    expect(refused.asked.map(({ k }) => k)).not.toContain('cb.load')
    expect(refused.handle({ k: 'control', step: 1 })).toMatchObject({ log: [] })
  })

  test('must be opened first', () => {
    expect(sessionWith().handle({ k: 'control', step: 0 })).toEqual({
      k: 'error',
      code: 'bad-call',
      message: '`controller` must come before `control`',
    })
  })
})

describe("a trainer's functions", () => {
  const call = (dir: string, id: string, params: object): void =>
    appendFileSync(
      join(dir, 'hotcb.commands.jsonl'),
      `${JSON.stringify({ module: 'ctl', op: 'call', id, cid: `c-${id}`, params })}\n`,
    )

  test('are called by commands, with the number of the ledger line that records the call', () => {
    const dir = runDir()
    const { handle, asked } = sessionWith({ 'ctl.check': () => ({ kwargs: { tag: 'x' } }) })
    handle(opening(dir, { functions: [{ path: 'save', description: 'saves' }] }))
    call(dir, 'save', { args: [1] })
    asked.length = 0
    handle({ k: 'apply', env: { step: 0 }, events: [], call: 0, head: 0 })
    const [line] = lines(dir, 'hotcb.applied.jsonl').slice(-1)
    expect(line).toMatchObject({ module: 'ctl', id: 'save', decision: 'applied' })
    expect(asked).toEqual([
      { k: 'ctl.check', path: 'save', args: [1], kwargs: {} },
      { k: 'ctl.call', path: 'save', seq: line?.['seq'], cid: 'c-save' },
    ])
    handle({ k: 'close', head: 0 })
    const state = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
    expect(state.modules.ctl).toEqual({ save: { description: 'saves', calls: 1, failed: 0 } })
  })

  test('are the only reason for the module: without functions there is none', () => {
    const dir = runDir()
    const { handle } = sessionWith()
    handle(opening(dir))
    call(dir, 'save', {})
    handle({ k: 'apply', env: { step: 0 }, events: [], call: 0, head: 0 })
    expect(lines(dir, 'hotcb.applied.jsonl').at(-1)).toMatchObject({ module: 'ctl', decision: 'failed' })
  })
})

describe('records in the ring', () => {
  /** Puts bytes into the ring at a position. @returns the position after them */
  function put(page: MemoryPage, at: number, ...records: readonly Uint8Array[]): number {
    let head = at
    for (const record of records) {
      page.bytes.set(record, PAGE.ring + head)
      head += record.length
    }
    return head
  }

  const record = (shape: number, step: number, ...values: readonly number[]) =>
    metricsRecord(shape, { step, epoch: 0.5, wallTime: 7, values })

  test('become lines with the metric names of their shape', () => {
    const [dir, page] = [runDir(), createMemoryPage()]
    const metrics = remoteMetrics(opening(dir, { metrics: { system: false }, shapes: [['loss']] }), page)
    const head = put(
      page,
      0,
      record(0, 1, 2),
      textRecord('names', 1, ['acc', 'lr']),
      record(1, 2, 0.5),
      record(9, 3, 1),
    )
    metrics.drain(head)
    expect(page.drained()).toBe(head)
    expect(lines(dir, 'hotcb.metrics.jsonl')).toEqual([
      { step: 1, epoch: 0.5, wall_time: 7, metrics: { loss: 2 } },
      { step: 2, epoch: 0.5, wall_time: 7, metrics: { acc: 0.5, lr: null } },
    ])
    metrics.drain(head)
    metrics.drain(head - 8)
    expect(page.drained()).toBe(head)
    metrics.close()
    expect(lines(dir, 'hotcb.metrics.jsonl')).toHaveLength(2)
  })

  test("are selected by the trainer's options", () => {
    const [dir, page] = [runDir(), createMemoryPage()]
    const options = { allow: ['a*'], deny: ['ab'], every_n: 2, system: false }
    const metrics = remoteMetrics(opening(dir, { metrics: options, shapes: [['a', 'ab', 'b']] }), page)
    metrics.drain(put(page, 0, record(0, 0, 1, 2, 3), record(0, 1, 1, 2, 3), record(0, 2, 4, 5, 6)))
    metrics.close()
    expect(lines(dir, 'hotcb.metrics.jsonl').map(({ step, metrics: values }) => [step, values])).toEqual([
      [0, { a: 1 }],
      [2, { a: 4 }],
    ])
  })

  test('for features are written to their own file, even if metrics are not written', () => {
    const [dir, page] = [runDir(), createMemoryPage()]
    const metrics = remoteMetrics(opening(dir, { shapes: [['loss']] }), page)
    expect(metrics.collector).toBeNull()
    const nonsense = textRecord('names', 0, { not: 'a list' })
    metrics.drain(put(page, 0, record(0, 1, 2), nonsense, record(0, 2, 2), textRecord('feature', 0, { step: 1 })))
    metrics.close()
    expect(lines(dir, 'hotcb.features.jsonl')).toEqual([{ step: 1 }])
    expect(existsSync(join(dir, 'hotcb.metrics.jsonl')) && lines(dir, 'hotcb.metrics.jsonl')).toBeFalsy()
  })
})

describe('a watched run directory', () => {
  function watched(dir = runDir()) {
    mkdirSync(dir, { recursive: true })
    let count = 0
    const end = watchRun(dir, () => {
      count++
    })
    onTestFinished(end)
    return { dir, end, count: () => count }
  }

  const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

  test('is checked from time to time until it is no longer watched', async () => {
    const { count, end } = watched()
    while (count() < 3) await rest(20)
    end()
    const before = count()
    await rest(250)
    expect(count()).toBe(before)
  })

  test("is checked when a person writes a command, and not for the kernel's files", async () => {
    const { dir, count } = watched()
    while (count() < 1) await rest(5)
    const before = count()
    for (let i = 0; i < 200; i++) {
      appendFileSync(join(dir, 'hotcb.commands.jsonl'), '{}\n')
      await rest(0)
    }
    // Checks every 100 ms alone would only be a few.
    while (count() - before < 20) {
      appendFileSync(join(dir, 'hotcb.commands.jsonl'), '{}\n')
      await rest(1)
    }
    expect(count() - before).toBeGreaterThanOrEqual(20)
  })

  test('that cannot be watched is checked more often', async () => {
    const dir = runDir()
    rmSync(dir, { recursive: true })
    let count = 0
    const end = watchRun(dir, () => {
      count++
    })
    onTestFinished(end)
    while (count < 10) await rest(10)
    end()
    const before = count
    await rest(60)
    expect(count).toBe(before)
  })
})
