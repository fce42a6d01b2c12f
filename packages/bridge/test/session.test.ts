import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type Answer,
  type OpenMessage,
  type RemoteControl,
  type Request,
  readAnswer,
  readContact,
} from '../src/index.ts'
import { createSession, type Session } from '../src/node.ts'
import {
  type BridgedTrainer,
  createMemoryPage,
  createTrainer,
  type MemoryPage,
  type TrainerOptions,
} from '../src/testing.ts'
import { runDir } from './program.ts'

interface Run {
  readonly dir: string
  readonly trainer: BridgedTrainer
  readonly session: Session
  readonly page: MemoryPage
  readonly values: { temperature: number }
  readonly log: string[]
}

const TEMPERATURE: RemoteControl = {
  key: 'temperature',
  type: 'float',
  group: 'custom',
  min: 0,
  initial: [1],
  rampable: true,
}

const OPENING: Omit<OpenMessage, 'run_dir' | 'controls'> = {
  k: 'open',
  bridge: 1,
  identity: { pid: 1, host: 'test' },
  continue: 'history',
  paused: false,
  metrics: {},
  handlers: { save: false, load: false },
  shapes: [],
}

function openTrainer(dir = runDir(), more: Partial<TrainerOptions> = {}): Run {
  const page = createMemoryPage()
  const values = { temperature: 1 }
  const log: string[] = []
  const session = createSession({ page, log: (line) => log.push(line), ask: (request) => trainer.answer(request) })
  const control = {
    remote: TEMPERATURE,
    get: () => [values.temperature],
    set: ([value]: readonly unknown[]) => {
      if (value === 13) throw new RangeError('not 13')
      values.temperature = Number(value)
    },
  }
  const talk: TrainerOptions['talk'] = (contact) => {
    const reply = session.handle(contact)
    session.write()
    return reply
  }
  const trainer = createTrainer({ runDir: dir, page, controls: [control], talk, ...more })
  trainer.open()
  return { dir, trainer, session, page, values, log }
}

/** A session for a training run on two ranks whose trainer gives these answers. */
function withRanks(ask: (request: Request) => Answer): {
  readonly dir: string
  readonly session: Session
  readonly page: MemoryPage
} {
  const page = createMemoryPage()
  const dir = runDir()
  const session = createSession({ page, log: () => undefined, ask })
  session.handle({ ...OPENING, run_dir: dir, controls: [TEMPERATURE], world: 2 })
  return { dir, session, page }
}

const set = (dir: string, params: object, more: object = {}): void =>
  appendFileSync(
    join(dir, 'hotcb.commands.jsonl'),
    `${JSON.stringify({ module: 'custom', op: 'set_params', params, ...more })}\n`,
  )

const linesOf = (dir: string, name = 'hotcb.applied.jsonl'): Record<string, unknown>[] =>
  readFileSync(join(dir, name), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

test('nothing happens until a check finds a command, and then the next safe point applies it', () => {
  const { dir, trainer, session, page, values } = openTrainer()
  trainer.continueFrom({ step: 0 })
  for (let step = 0; step < 5; step++) trainer.apply({ step })
  const before = trainer.contacts
  session.look()
  expect(page.isRaised()).toBe(false)
  set(dir, { temperature: 0.5 })
  trainer.apply({ step: 5 })
  expect([trainer.contacts, values.temperature]).toEqual([before, 1])
  session.look()
  expect(page.isRaised()).toBe(true)
  trainer.apply({ step: 6 })
  expect([trainer.contacts, values.temperature, page.isRaised()]).toEqual([before + 1, 0.5, false])
  trainer.close()
  expect(linesOf(dir).at(-1)).toMatchObject({ step: 6, decision: 'applied', payload: { temperature: 0.5 } })
})

test("if the trainer's setter throws, the command fails with the setter's message", () => {
  const { dir, trainer, values } = openTrainer()
  set(dir, { temperature: 13 }, { cid: 'a' })
  trainer.apply({ step: 0 })
  trainer.close()
  expect(values.temperature).toBe(1)
  const last = linesOf(dir).at(-1)
  expect(last).toMatchObject({ cid: 'a', decision: 'failed' })
  expect(String(last?.['error'])).toContain('not 13')
})

test('a value that one rank refuses is set on none, and the ledger line names the rank', () => {
  const { dir, session, page } = withRanks((request) =>
    request.k === 'set' && request.v[0] === 7 ? { error: 'rank 1: no', ranks: [1] } : { v: [1] },
  )
  set(dir, { temperature: 7 }, { cid: 'a' })
  set(dir, { temperature: 2 }, { cid: 'b' })
  session.handle({ k: 'apply', env: { step: 0 }, events: [], call: 0, head: page.head() })
  session.handle({ k: 'close', head: page.head() })
  expect(linesOf(dir).slice(1)).toMatchObject([
    { cid: 'a', decision: 'failed', ranks: [1] },
    { cid: 'b', decision: 'applied' },
  ])
  expect(linesOf(dir)[1]?.['error']).toContain('rank 1: no')
  const document = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
  expect(document.ranks).toEqual({ world_size: 2, lost: null })
})

test('if the ranks are lost within a contact, no later command is applied', () => {
  const { dir, session, page } = withRanks((request) =>
    request.k === 'set' && request.v[0] === 7 ? { error: 'gone', lost: 'rank 1 has ended' } : { v: [1] },
  )
  for (const temperature of [7, 2]) set(dir, { temperature })
  const head = page.head()
  session.handle({ k: 'apply', env: { step: 0 }, events: [], call: 0, head })
  session.handle({ k: 'apply', env: { step: 1 }, events: [], call: 0, head, lost: 'something else' })
  session.handle({ k: 'close', head })
  expect(linesOf(dir).map(({ op, decision }) => [op, decision])).toEqual([
    ['attempt', 'applied'],
    ['set_params', 'failed'],
    ['collective', 'failed'],
  ])
  expect(linesOf(dir)[2]?.['error']).toContain('rank 1 has ended')
})

test('a callback in another language is read and stored here, and compiled, created and run by the trainer', () => {
  const page = createMemoryPage()
  const dir = runDir()
  const asked: Request[] = []
  const session = createSession({
    page,
    log: () => undefined,
    ask(request) {
      asked.push(request)
      return { v: request.k === 'cb.imports' ? [] : ['set_params'] }
    },
  })
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'beat.py'), 'class Beat: ...')
  session.handle({ ...OPENING, run_dir: dir, controls: [], callbacks: [] })
  const target = { kind: 'python_file', path: 'beat.py', symbol: 'Beat' }
  set(dir, {}, { module: 'cb', op: 'load', id: 'beat', target, init: { every: 2 } })
  set(dir, { every: 3 }, { module: 'cb', id: 'beat' })
  const head = page.head()
  session.handle({ k: 'apply', env: { step: 0 }, events: [], call: 0, head })
  const number = asked.flatMap((request) => (request.k === 'cb.load' ? [request.n] : []))[0] ?? 0
  const costs = { calls: 3, errors: 1, totalMs: 1, maxMs: 1 }
  const callbacks = { trips: [[number, 'it raised']], costs: [[number, costs]] } as const
  session.handle({ k: 'apply', env: { step: 1 }, events: [], call: 0, head, callbacks })
  session.handle({ k: 'apply', env: { step: 2 }, events: [], call: 0, head })
  session.handle({ k: 'close', head })
  expect(asked.map(({ k }) => k)).toEqual([
    ...['cb.imports', 'cb.load', 'cb.make', 'cb.run', 'cb.call', 'cb.run', 'cb.call'],
  ])
  expect(asked[1]).toMatchObject({ symbol: 'Beat', files: [{ code: 'class Beat: ...', imports: {} }] })
  expect(asked[2]).toMatchObject({ init: { every: 2, id: 'beat' } })
  expect(linesOf(dir).slice(1)).toMatchObject([
    {
      op: 'load',
      decision: 'applied',
      payload: { source_capture: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    },
    { op: 'set_params', decision: 'applied', payload: { every: 3 } },
    { op: 'disable', decision: 'applied', payload: { reason: 'it raised', calls: 3, errors: 1 } },
  ])
})

test('the trainer itself sets the values of a ramp, which equal the values that the kernel would have set', () => {
  const { dir, trainer, values } = openTrainer()
  set(dir, { 'ramps.temperature': { type: 'linear', steps: 300, start: 0, end: 3 } })
  trainer.apply({ step: 0 })
  const before = trainer.contacts
  const seen: number[] = []
  for (let step = 1; step <= 320; step++) {
    trainer.apply({ step })
    seen.push(values.temperature)
  }
  // The table covers 256 steps, so one contact fetches the rest.
  expect(trainer.contacts - before).toBe(1)
  expect(seen).toEqual(Array.from({ length: 320 }, (_, i) => Math.min(3, 3 * ((i + 1) / 300))))
  trainer.close()
})

test('a checkpoint includes the metrics of its own safe point', () => {
  const seen: string[] = []
  const dir = runDir()
  const { trainer } = openTrainer(dir, {
    save: ({ dir: folder }) => {
      seen.push(readFileSync(join(dir, 'hotcb.metrics.jsonl'), 'utf8'))
      writeFileSync(join(folder, 'model'), 'x')
    },
  })
  trainer.continueFrom({ step: 0 })
  trainer.apply({ step: 0, metrics: { loss: 1 } })
  trainer.submit({ module: 'core', op: 'checkpoint', params: { action: 'save' } })
  trainer.apply({ step: 1, metrics: { loss: 0.5 } })
  trainer.close()
  expect(seen).toHaveLength(1)
  expect(linesOf(dir, 'hotcb.metrics.jsonl').map(({ step }) => step)).toEqual([0, 1])
  expect(seen[0]).toContain('"step":1')
})

test('when the trainer is gone, its last metrics are written, and no more decisions are made', () => {
  const { dir, trainer, session } = openTrainer()
  trainer.continueFrom({ step: 0 })
  trainer.apply({ step: 0 })
  for (let step = 1; step < 10; step++) trainer.apply({ step, metrics: { loss: step } })
  set(dir, { temperature: 0.5 })
  session.abandon()
  session.look()
  expect(linesOf(dir, 'hotcb.metrics.jsonl')).toHaveLength(9)
  expect(linesOf(dir).map(({ op }) => op)).toEqual(['attempt'])
})

test('a sidecar that takes over drains the ring from where the previous one stopped', () => {
  const first = openTrainer()
  first.trainer.continueFrom({ step: 0 })
  first.trainer.apply({ step: 0, metrics: { loss: 0 } })
  first.session.handle({ k: 'bell', head: first.page.head() })
  first.trainer.apply({ step: 1, metrics: { loss: 1 } })
  const { page, dir } = first
  const ask = (): { v: null } => ({ v: null })
  const second = createSession({ page, log: () => undefined, ask })
  const registered = { temperature: [1] }
  second.handle({ ...OPENING, run_dir: dir, controls: [TEMPERATURE], registered, shapes: page.shapes })
  const head = page.head()
  expect(second.handle({ k: 'takeover', place: { step: 1, call: 1 }, since: 1, snapshot: null, head })).toMatchObject({
    k: 'done',
    attempt: 2,
  })
  second.handle({ k: 'close', head })
  expect(linesOf(dir, 'hotcb.metrics.jsonl').map(({ step }) => step)).toEqual([0, 1])
})

test('a strict replay that cannot be followed is reported at close', () => {
  const dir = runDir()
  mkdirSync(dir, { recursive: true })
  writeFileSync(
    join(dir, 'r.jsonl'),
    `${JSON.stringify({ at: { step: 1 }, module: 'custom', op: 'set_params', params: { heat: 2 } })}\n`,
  )
  writeFileSync(
    join(dir, 'hotcb.freeze.json'),
    JSON.stringify({ mode: 'replay', recipe_path: 'r.jsonl', policy: 'strict' }),
  )
  const { trainer } = openTrainer(dir)
  trainer.continueFrom({ step: 0 })
  for (let step = 0; step < 3; step++) trainer.apply({ step })
  expect(trainer.close().join(' ')).toContain('heat')
})

test('an invalid contact is refused in one line', () => {
  const session = createSession({ page: createMemoryPage(), log: () => undefined, ask: () => ({ v: null }) })
  expect(session.handle({ k: 'apply', env: { step: 0 }, events: [], call: 0, head: 0 })).toEqual({
    k: 'error',
    code: 'bad-call',
    message: '`open` must come before `apply`',
  })
  const { trainer } = openTrainer()
  expect(() => trainer.open()).toThrow('`open` must come once')
})

test.each([
  ['{', 'a line from the client is not JSON'],
  ['[]', 'a line from the client must be an object, got []'],
  ['{"k":"dance"}', '`k` of a line from the client must be one of open, continue'],
  ['{"k":"open","bridge":2}', 'this sidecar uses version 1 of the bridge, got 2'],
])('the line %s is refused with a reason', (line, reason) => {
  const read = readContact(line)
  expect(read.ok ? '' : read.reason).toContain(reason)
})

test('an answer contains a value or an error', () => {
  expect(readAnswer('{"v":[NaN,1e999]}')).toEqual({ ok: true, value: { v: [Number.NaN, Infinity] } })
  expect(readAnswer('{"w":1}')).toMatchObject({ ok: false })
  expect(readAnswer('1')).toMatchObject({ ok: false })
})
