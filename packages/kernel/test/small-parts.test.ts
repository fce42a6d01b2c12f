import { createMutableState, floatActuator } from '@hotcb/actuators'
import type { Env, HotModule, LedgerLine, Op } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { type Ask, askFor, askOfSubmitted, isSave, joinNotes } from '../src/ask.ts'
import { hasReached } from '../src/collective.ts'
import { createCondition } from '../src/condition.ts'
import { createDeciding } from '../src/deciding.ts'
import { createDocuments } from '../src/documents.ts'
import { envField, envMetrics, envTotal } from '../src/env-field.ts'
import { hearing } from '../src/hearing.ts'
import { onlyOnRankZero } from '../src/left-to-rank-zero.ts'
import { createLoopCalls } from '../src/loop-calls.ts'
import { noLedger } from '../src/no-ledger.ts'
import { wants } from '../src/notify-modules.ts'

const OP: Op = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 1 } }
const save = (params: Op['params'], more: object = {}): Ask =>
  askFor({ module: 'core', op: 'checkpoint', id: 'main', params, ...more }, 'live', 'x')

describe('an ask', () => {
  test('has only a channel and a source by default', () => {
    expect(askFor(OP, 'kernel', 'yaml', { notes: 'why', reverts: 3 })).toEqual({
      op: OP,
      channel: 'kernel',
      source: 'yaml',
      cid: null,
      writer: null,
      offset: null,
      author: null,
      notes: 'why',
      event: null,
      command: null,
      of: null,
      reverts: 3,
    })
  })

  test('of a submitted op has its source, or that of its submitter, and its conditions', () => {
    const bare = askOfSubmitted({ module: 'cb', op: 'load' }, 'k1', 'tuner', 'live')
    expect(bare).toMatchObject({
      source: 'tuner',
      cid: 'k1',
      notes: null,
      author: null,
      command: null,
      channel: 'live',
    })
    expect(bare.op).toEqual({
      module: 'cb',
      op: 'load',
      id: 'main',
      params: null,
      target: null,
      init: null,
      enabled: null,
    })
    const full = { module: 'opt', op: 'x', id: 'head', source: 'me', note: 'why', author: 'ann', expires: { step: 3 } }
    expect(askOfSubmitted({ ...full, expires: { step: 3, ts: null } }, 'k1', 'tuner', 'kernel')).toMatchObject({
      source: 'me',
      notes: 'why',
      author: 'ann',
      op: { id: 'head' },
      command: { at: null, expect: null, expires: { step: 3 } },
    })
    expect(askOfSubmitted({ module: 'opt', op: 'x', expect: { lr: 1 } }, 'k', 'b', 'live').command).toEqual({
      at: null,
      expect: { lr: 1 },
      expires: null,
    })
  })

  test('is a save only if it requests one', () => {
    expect([null, {}, { action: 'save' }, { tag: 'a' }].map((params) => isSave(save(params)))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect([{ action: 'load' }, { action: 'branch' }].map((params) => isSave(save(params)))).toEqual([false, false])
    expect([isSave(save(null, { op: 'pause' })), isSave(save(null, { module: 'cb' }))]).toEqual([false, false])
  })

  test('joins the notes that are not empty', () => {
    expect([joinNotes('a', null, undefined, '', 'b'), joinNotes('a'), joinNotes(), joinNotes('', null)]).toEqual([
      'a; b',
      'a',
      null,
      null,
    ])
  })
})

test.each<[at: [number, number, boolean?], place: [number, number, boolean?], isReached: boolean]>([
  [[3, 0], [3, 0], true],
  [[2, 9], [3, 0], false],
  [[4, 0], [3, 5], true],
  [[3, 1], [3, 2], false],
  [[3, 2], [3, 1], true],
  [[3, 1], [3, 1, true], false],
  [[3, 1, true], [3, 1, true], true],
  [[3, 1, true], [3, 1], true],
  [[3, 1], [3, 1, false], true],
  [[3, 2], [3, 1, true], true],
])('a loop at %j has reached %j: %s', ([step, call, end], [toStep, toCall, toEnd], isReached) => {
  const at = { step, call, ...(end !== undefined && { end }) }
  expect(hasReached(at, { step: toStep, call: toCall, ...(toEnd !== undefined && { end: toEnd }) })).toBe(isReached)
})

describe('the condition of a run', () => {
  test('is paused and resumed once, and each pause is logged once', () => {
    const condition = createCondition()
    expect([condition.paused, condition.resume(), condition.pause(), condition.pause()]).toEqual([
      false,
      false,
      true,
      false,
    ])
    expect([condition.paused, condition.takePauseNote(), condition.takePauseNote()]).toEqual([true, true, false])
    expect([condition.resume(), condition.pause(), condition.takePauseNote()]).toEqual([true, true, true])
    expect(createCondition(true).paused).toBe(true)
  })

  test('ends a pause when the run is stopped or its ranks are lost', () => {
    const stopped = createCondition(true)
    stopped.stop('why')
    expect([stopped.stopped, stopped.paused, stopped.signal.aborted, stopped.signal.reason]).toEqual([
      true,
      false,
      true,
      'why',
    ])
    const lost = createCondition(true)
    expect([lost.isRanksLost, lost.loseRanks(), lost.loseRanks(), lost.isRanksLost, lost.paused]).toEqual([
      false,
      true,
      false,
      true,
      false,
    ])
  })

  test('records whether its ledger is lost, and which command accepts it', () => {
    const condition = createCondition()
    condition.acceptLedgerFor('old')
    expect([condition.isLossTold, condition.loseLedger(), condition.acceptedCid, condition.loseLedger()]).toEqual([
      false,
      true,
      null,
      false,
    ])
    condition.acceptLedgerFor('a')
    expect([condition.isLossTold, condition.acceptedCid]).toEqual([true, 'a'])
    condition.recoverLedger()
    expect([condition.isLossTold, condition.loseLedger()]).toEqual([false, true])
  })

  test('collects the problems of a replay', () => {
    const condition = createCondition()
    condition.judgeRecipe('no file')
    expect(condition.recipeTrouble).toBe('no file')
    condition.judgeRecipe(null)
    condition.addReplayProblem('late')
    expect([condition.recipeTrouble, condition.replayProblems]).toEqual([null, ['no file', 'late']])
    expect([condition.superseded, condition.closed]).toEqual([false, false])
    condition.supersede()
    condition.close()
    expect([condition.superseded, condition.closed]).toEqual([true, true])
  })
})

test('the line that is being decided has the next seq and the place of its command', () => {
  let seq = 4
  const deciding = createDeciding(() => seq)
  expect(deciding.now).toBeNull()
  deciding.begin(askFor(OP, 'live', 'x', { cid: 'a', writer: 'h', offset: 7 }))
  expect(deciding.now).toEqual({ seq: 5, cid: 'a', writer: 'h', offset: 7 })
  seq = 9
  expect(deciding.now?.seq).toBe(10)
  deciding.end()
  expect(deciding.now).toBeNull()
})

describe('the env of a trainer', () => {
  const throwing = (key: string): Env =>
    Object.defineProperty({ step: 1 }, key, {
      get() {
        throw new Error('no')
      },
    })

  test('may lack any field, or throw when one is read', () => {
    expect([envField({ step: 1, epoch: 3 }, 'epoch'), envField({ step: 1 }, 'epoch')]).toEqual([3, null])
    expect([envField({ step: 1, phase: 'warm' }, 'phase'), envField(throwing('phase'), 'phase')]).toEqual([
      'warm',
      null,
    ])
    expect([envTotal({ step: 1, maxSteps: 9 }), envTotal({ step: 1 }), envTotal(throwing('maxSteps'))]).toEqual([
      9,
      null,
      null,
    ])
    expect(envTotal({ step: 1, maxSteps: '9' } as never)).toBeNull()
    expect(envMetrics({ step: 1, metrics: { loss: 2 } })).toEqual({ loss: 2 })
    for (const metrics of [undefined, null, 5, 'text'])
      expect(envMetrics({ step: 1, metrics } as never)).toBeUndefined()
    expect(envMetrics(throwing('metrics'))).toBeUndefined()
  })
})

describe('modules that listen to the ledger', () => {
  test('each receive every line, and one that throws is logged', () => {
    const said: string[] = []
    const heard: unknown[] = []
    const line = { seq: 7 } as LedgerLine
    const bad: HotModule = {
      name: 'bad',
      onLine: () => {
        throw new Error('broken')
      },
    }
    const good: HotModule = { name: 'good', onLine: (...given) => void heard.push(given) }
    hearing([bad, { name: 'deaf' }, good], (message) => said.push(message))?.(line, true)
    expect([heard, said]).toEqual([[[line, true]], ['module `bad` threw at ledger line 7: broken']])
    expect(hearing([{ name: 'deaf' }], () => undefined)).toBeNull()
  })
})

test('a module receives the events that it listens to, which are all of them by default', () => {
  const said: string[] = []
  const onEvent = (): void => undefined
  const note = (message: string): void => void said.push(message)
  expect(wants({ name: 'm' }, 'a', note)).toBe(false)
  expect(wants({ name: 'm', listens: () => ['a'] }, 'a', note)).toBe(false)
  expect(wants({ name: 'm', onEvent }, 'a', note)).toBe(true)
  expect([wants({ name: 'm', onEvent, listens: () => ['a'] }, 'a', note), said]).toEqual([true, []])
  expect(wants({ name: 'm', onEvent, listens: () => ['a'] }, 'b', note)).toBe(false)
  const listens = (): never => {
    throw new Error('broken')
  }
  expect(wants({ name: 'm', onEvent, listens }, 'a', note)).toBe(true)
  expect(said).toEqual(['module `m` threw in `listens()`: broken'])
})

test('a module that only rank 0 has accepts every op on the others', () => {
  const { name, applyOp } = onlyOnRankZero('cb')
  expect([name, applyOp?.(OP, {} as never)]).toEqual(['cb', { ok: true, payload: null }])
})

test('a kernel without a ledger has an empty one that never fails', () => {
  const ledger = noLedger()
  expect([...ledger.entries(), ...ledger.foreign()]).toEqual([])
  expect([ledger.append('x', [1]), ledger.flush(), ledger.isPending, ledger.find(1), ledger.bytes]).toEqual([
    null,
    null,
    false,
    undefined,
    0,
  ])
})

describe('the calls of each step', () => {
  /** Goes through steps with the given numbers of calls. */
  function walked(...counts: readonly (readonly [step: number, calls: number])[]) {
    const calls = createLoopCalls()
    for (const [step, count] of counts) for (let call = 0; call < count; call++) calls.arrive(step, call)
    return calls
  }
  const last = (calls: ReturnType<typeof createLoopCalls>, ...steps: readonly number[]) =>
    steps.map((step) => calls.lastOf(step))

  test('are known for each step that was trained, and no other', () => {
    const calls = walked([3, 1], [4, 1], [5, 1], [6, 2], [7, 1], [9, 3], [10, 3], [11, 3], [12, 1])
    expect(last(calls, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)).toEqual([null, 0, 0, 0, 1, 0, null, 2, 2, 2, 0, null])
    expect(last(createLoopCalls(), 0)).toEqual([null])
  })

  test('of steps that are trained again are those of the last pass', () => {
    const calls = walked([0, 1], [1, 1], [2, 2], [3, 2], [4, 1])
    calls.arrive(2, 0)
    expect(last(calls, 0, 1, 2, 3, 4)).toEqual([0, 0, 0, null, null])
    calls.arrive(3, 0)
    calls.arrive(1, 0)
    expect(last(calls, 0, 1, 2, 3)).toEqual([0, 0, null, null])
    calls.arrive(0, 4)
    expect(last(calls, 0, 1)).toEqual([4, null])
  })

  test('of many equal steps are joined, whichever number of calls they have', () => {
    for (const count of [1, 2, 3]) {
      const calls = walked(...Array.from({ length: 50 }, (_, step) => [step, count] as const))
      expect(last(calls, -1, 0, 25, 49, 50)).toEqual([null, count - 1, count - 1, count - 1, null])
    }
    const mixed = walked([0, 2], [1, 1], [2, 2], [3, 2], [5, 2])
    expect(last(mixed, 0, 1, 2, 3, 4, 5)).toEqual([1, 0, 1, 1, null, 1])
  })
})

describe('documents', () => {
  function written(modules: readonly { readonly name: string }[] = []) {
    let value = 1
    let now = 0
    const state = createMutableState([
      floatActuator({
        key: 'lr',
        get: () => value,
        set: (next) => {
          value = next
        },
      }),
    ])
    const out: string[] = []
    const documents = createDocuments(
      {
        state: () => void out.push(`state ${now}`),
        actuators: (text) => void out.push(`controls ${now} ${text.length > 3}`),
      },
      state,
      { now: () => now, wallTime: () => 0 },
      () => undefined,
      modules as never,
    )
    const write = (at: number): string[] => {
      now = at
      // The content of the kernel's document does not matter here.
      documents.write(at, 0, () => ({}) as never)
      return out.splice(0)
    }
    const change = (): void => void state.apply({ ...OP, params: { lr: value / 2 } }, { step: 0, total: null })
    return { documents, write, change, out, setNow: (at: number) => (now = at) }
  }

  test('are written immediately, then the state each second and the controls at least 200 ms apart', () => {
    const { documents, write, change } = written()
    expect(documents.nextAt).toBe(Number.NEGATIVE_INFINITY)
    expect(write(0)).toEqual(['state 0', 'controls 0 true'])
    expect(documents.nextAt).toBe(1000)
    expect([write(999), write(1000)]).toEqual([[], ['state 1000']])
    change()
    expect(write(1001)).toEqual(['controls 1001 true'])
    change()
    expect(documents.nextAt).toBe(1201)
    expect([write(1200), write(1201), write(1300)]).toEqual([[], ['controls 1201 true'], []])
    expect(documents.nextAt).toBe(2000)
  })

  test('of controls list the modules that are not built in, if there are any', () => {
    const texts: unknown[] = []
    for (const modules of [[], [{ name: 'gad', summary: 'A gadget.', ops: [] }]]) {
      const sink = { actuators: (text: string) => void texts.push(JSON.parse(text)) }
      const state = createMutableState([])
      const clock = { now: () => 0, wallTime: () => 0 }
      createDocuments(sink, state, clock, () => undefined, modules).writeAll(0, () => ({}) as never)
    }
    expect(texts).toEqual([
      { controls: [] },
      { controls: [], modules: [{ name: 'gad', summary: 'A gadget.', ops: [] }] },
    ])
  })

  test('are both written on request', () => {
    const { documents, out, setNow } = written()
    setNow(5)
    documents.writeAll(0, () => ({}) as never)
    expect(out).toEqual(['state 5', 'controls 5 true'])
  })
})
