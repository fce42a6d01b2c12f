import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import type { Answer, CallbackNews, OpenMessage, Request } from '../src/index.ts'
import { remoteHost } from '../src/node/remote-callbacks.ts'
import { createSession, type Session } from '../src/node.ts'
import { createMemoryPage } from '../src/testing.ts'
import { runDir } from './program.ts'

/** A trainer in Python that creates callbacks with these methods, and records the requests. */
interface Training {
  readonly dir: string
  readonly session: Session
  readonly asked: Request[]
  /** Answers that replace the usual ones, by request kind or method. */
  readonly answers: Record<string, (request: Request) => Answer>
  command(op: string, id: string, more?: object): void
  /** Runs a safe point, and returns the requests to the trainer. */
  step(callbacks?: CallbackNews): readonly Request[]
  /** Returns the last ledger line. */
  last(): Readonly<Record<string, unknown>>
  status(): JsonObject
}

function training(options: Partial<OpenMessage> = {}): Training {
  const [dir, page] = [runDir(), createMemoryPage()]
  const asked: Request[] = []
  const answers: Training['answers'] = {}
  const usual = (request: Request): Json => {
    if (request.k === 'cb.imports') return []
    if (request.k === 'cb.make') return ['set_params', 'snapshot', 'restore', 'flush']
    return request.k === 'cb.call' && request.method === 'get_params' ? { every: 5 } : null
  }
  const ask = (request: Request): Answer => {
    asked.push(request)
    const other = answers[request.k === 'cb.call' ? request.method : request.k]
    return other === undefined ? { v: usual(request) } : other(request)
  }
  const session = createSession({ page, log: () => undefined, ask })
  const opening: OpenMessage = {
    k: 'open',
    bridge: 1,
    run_dir: dir,
    controls: [],
    identity: { pid: process.pid, host: 'h' },
    continue: 'history',
    paused: false,
    metrics: false,
    handlers: { save: false, load: false },
    callbacks: [],
    shapes: [],
    ...options,
  }
  expect(session.handle(opening)).toMatchObject({ k: 'done' })
  let step = 0
  writeFileSync(join(dir, 'probe.py'), 'class Probe: pass\n')
  return {
    dir,
    session,
    asked,
    answers,
    command: (op, id, more = {}) =>
      appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ module: 'cb', op, id, ...more })}\n`),
    step(callbacks) {
      asked.length = 0
      const done = session.handle({
        ...{ k: 'apply', env: { step: step++ }, events: ['train_step_end'], call: 0, head: 0 },
        ...(callbacks && { callbacks }),
      })
      expect(done).toMatchObject({ k: 'done' })
      return [...asked]
    },
    last: () => JSON.parse(readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').trim().split('\n').at(-1) ?? ''),
    status() {
      session.handle({ k: 'close', head: 0 })
      return JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8')).modules.cb
    },
  }
}

const TARGET = { kind: 'python_file', path: 'probe.py', symbol: 'Probe' }

describe('a callback in a file', () => {
  test('is read here, created by the trainer, and runs there from the next event on', () => {
    const { dir, command, step, last } = training()
    command('load', 'a', { target: TARGET, init: { every: 5 } })
    const asked = step()
    expect(last()).toMatchObject({ op: 'load', id: 'a', decision: 'applied', error: null })
    const [imports, load, make] = asked
    expect(imports).toMatchObject({ k: 'cb.imports', place: join(dir, 'probe.py'), text: 'class Probe: pass\n' })
    expect(load).toMatchObject({ k: 'cb.load', id: 'a', symbol: 'Probe' })
    if (load?.k !== 'cb.load' || make?.k !== 'cb.make') throw new Error('expected a load and a make')
    expect(load.files).toEqual([
      {
        path: load.entry,
        place: join(dir, 'probe.py'),
        code: 'class Probe: pass\n',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        imports: {},
      },
    ])
    expect(make).toEqual({ k: 'cb.make', n: load.n, init: expect.objectContaining({ every: 5 }) })
    expect(asked.at(-1)).toEqual({ k: 'cb.run', list: [load.n] })
  })

  test('is loaded with the files that it imports', () => {
    const { dir, answers, command, step, last } = training()
    writeFileSync(join(dir, 'part.py'), 'x = 1\n')
    answers['cb.imports'] = (request) => ({
      v:
        request.k === 'cb.imports' && request.text.includes('Probe')
          ? [
              { specifier: '.part', candidates: [join(dir, 'gone.py'), join(dir, 'part.py')], line: 3 },
              { specifier: '.maybe', candidates: [join(dir, 'maybe.py')], line: 4, optional: true },
              'nonsense',
            ]
          : null,
    })
    command('load', 'a', { target: TARGET })
    const load = step().find((request) => request.k === 'cb.load')
    expect(last()).toMatchObject({ decision: 'applied', error: null })
    if (load?.k !== 'cb.load') throw new Error('expected a load')
    const [part, main] = [...(load.files ?? [])].sort((a, b) => a.place.localeCompare(b.place))
    expect(part).toMatchObject({ place: join(dir, 'part.py'), code: 'x = 1\n', imports: {} })
    expect(main?.imports).toEqual({ '.part': part?.path })
  })

  test('whose import is missing is refused with the line number', () => {
    const { answers, command, step, last } = training()
    answers['cb.imports'] = () => ({ v: [{ specifier: '.part', candidates: 'none', line: 3 }] })
    command('load', 'a', { target: TARGET })
    expect(step().map(({ k }) => k)).not.toContain('cb.load')
    expect(last()).toMatchObject({
      decision: 'failed',
      error: expect.stringMatching(/^line 3 of `.*probe\.py` imports `\.part`/),
    })
  })

  test("that the trainer cannot compile or create fails with the trainer's message", () => {
    const { answers, command, step, last } = training()
    for (const kind of ['cb.imports', 'cb.load', 'cb.make']) {
      answers[kind] = () => ({ error: `no ${kind}` })
      command('load', 'a', { target: TARGET })
      step()
      expect(last()).toMatchObject({ decision: 'failed', error: expect.stringContaining(`no ${kind}`) })
      delete answers[kind]
    }
  })
})

test('the trainer finds a callback in an installed package', () => {
  const { command, step, last } = training()
  command('load', 'a', { target: { kind: 'module', path: 'my.package', symbol: 'Probe' } })
  const [load, make] = step()
  expect(last()).toMatchObject({ decision: 'applied', error: null })
  expect(load).toEqual({ k: 'cb.load', n: expect.any(Number), id: 'a', symbol: 'Probe', module: 'my.package' })
  expect(make).toMatchObject({ k: 'cb.make' })
})

test("a callback outside the trainer's folders is not loaded", () => {
  const elsewhere = runDir()
  writeFileSync(join(elsewhere, 'probe.py'), '')
  const target = { ...TARGET, path: join(elsewhere, 'probe.py') }
  const closed = training()
  closed.command('load', 'a', { target })
  closed.step()
  expect(closed.last()).toMatchObject({ decision: 'failed' })
  const open = training({ roots: [elsewhere] })
  open.command('load', 'a', { target })
  open.step()
  expect(open.last()).toMatchObject({ decision: 'applied' })
})

describe('a callback that is loaded', () => {
  /** Loads a callback, and returns its number. */
  function loaded(methods?: readonly string[]) {
    const one = training()
    if (methods !== undefined) one.answers['cb.make'] = () => ({ v: [...methods] })
    one.command('load', 'a', { target: TARGET })
    const load = one.step().find((request) => request.k === 'cb.load')
    return { ...one, n: load?.k === 'cb.load' ? load.n : Number.NaN }
  }

  const called = (asked: readonly Request[]) =>
    asked.flatMap((request) => (request.k === 'cb.call' ? [[request.n, request.method, request.args]] : []))

  test('gets its parameters, and is closed when it is unloaded', () => {
    const { n, command, step, last } = loaded()
    command('set_params', 'a', { params: { every: 7 } })
    expect(called(step())).toContainEqual([n, 'set_params', [{ every: 7 }]])
    expect(last()).toMatchObject({ decision: 'applied' })
    command('unload', 'a')
    const asked = step()
    expect(called(asked)).toContainEqual([n, 'close', []])
    expect(asked).toContainEqual({ k: 'cb.run', list: [] })
  })

  test('without a method for parameters does not get any', () => {
    const { command, step, last } = loaded([])
    command('set_params', 'a', { params: { every: 7 } })
    expect(called(step()).map(([, method]) => method)).not.toContain('set_params')
    expect(last()).toMatchObject({ decision: 'failed' })
  })

  test('does not run while it is disabled', () => {
    const { n, command, step } = loaded()
    command('disable', 'a')
    expect(step()).toContainEqual({ k: 'cb.run', list: [] })
    command('enable', 'a')
    expect(step()).toContainEqual({ k: 'cb.run', list: [n] })
  })

  test('that the trainer has stopped is disabled with the reason', () => {
    const { n, step, last } = loaded()
    step({ trips: [[n, 'threw at step 1']] })
    step()
    expect(last()).toMatchObject({ op: 'disable', id: 'a', source: 'kernel', notes: 'threw at step 1' })
  })

  test('returns its state for a snapshot', () => {
    const { n, answers, session, asked } = loaded()
    answers['snapshot'] = () => ({ v: { count: 4 } })
    asked.length = 0
    const done = session.handle({ k: 'snapshot', head: 0 })
    expect(called(asked)).toContainEqual([n, 'snapshot', []])
    expect(JSON.stringify(done)).toContain('"count":4')
  })

  test('without a snapshot method is not asked for its state', () => {
    const { session, asked } = loaded(['set_params'])
    asked.length = 0
    expect(session.handle({ k: 'snapshot', head: 0 })).toMatchObject({ k: 'done' })
    expect(called(asked)).toEqual([])
  })
})

describe("one of the trainer's own callbacks", () => {
  const own = [
    { id: 'first', methods: ['set_params'] },
    { id: 'second', methods: [] },
  ]

  test('runs from the start, with a negative number', () => {
    const { asked, command, step, last } = training({ callbacks: own })
    expect(asked).toContainEqual({ k: 'cb.run', list: [-1, -2] })
    command('set_params', 'first', { params: { every: 2 } })
    expect(step()).toContainEqual({ k: 'cb.call', n: -1, method: 'set_params', args: [{ every: 2 }] })
    command('disable', 'first')
    expect(step()).toContainEqual({ k: 'cb.run', list: [-2] })
    step({ trips: [[-2, 'too slow']] })
    step()
    expect(last()).toMatchObject({ op: 'disable', id: 'second', notes: 'too slow' })
  })

  test('that is replaced by a file gets the number of that load', () => {
    const { command, step } = training({ callbacks: own })
    command('load', 'first', { target: TARGET })
    const asked = step()
    const load = asked.find((request) => request.k === 'cb.load')
    const n = load?.k === 'cb.load' ? load.n : Number.NaN
    expect(n).toBeGreaterThanOrEqual(0)
    const run = asked.findLast((request) => request.k === 'cb.run')
    expect(run?.k === 'cb.run' && [...run.list].sort()).toEqual([-2, n])
  })
})

test("the trainer's reports are assigned to callbacks by number", () => {
  const asked: Request[] = []
  const host = remoteHost(
    (request) => {
      asked.push(request)
      return null
    },
    [{ id: 'mine', methods: [] }],
  )
  // A report that arrives before the module is connected is dropped.
  expect(() => host.take({ trips: [[-1, 'x']], costs: [] })).not.toThrow()
  const reports: unknown[] = []
  host.connect({
    closed: () => undefined,
    trip: (...given) => void reports.push(['trip', ...given]),
    costs: (...given) => void reports.push(['costs', ...given]),
  })
  host.expect(8)
  host.run([
    { id: 'mine', number: 3 },
    { id: 'mine', number: 8 },
    { id: 'other', number: 9 },
  ])
  expect(asked).toEqual([{ k: 'cb.run', list: [-1, 8, 9] }])
  const costs = { calls: 1, errors: 0, totalMs: 2, maxMs: 2 } as never
  host.take({ trips: [[-1, 'slow']], costs: [[8, costs]] })
  host.take({})
  expect(reports).toEqual([
    ['costs', 8, costs],
    ['trip', 3, 'slow'],
  ])
})
