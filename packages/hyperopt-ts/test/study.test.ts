import { expect, expectTypeOf, test } from 'vitest'
import {
  branch,
  choice,
  createStudy,
  float,
  int,
  medianPruner,
  memoryStorage,
  randomSampler,
  StudyError,
  tpe,
} from '../src/index.ts'

const space = {
  x: float(-5, 10),
  lr: float(1e-5, 1, { log: true }),
  depth: int(1, 12),
  opt: choice(['sgd', 'adam']),
  head: branch({ linear: {}, mlp: { width: int(8, 256) } }),
}

function open(seed = 1) {
  return createStudy({ space, sampler: randomSampler(), seed })
}

function codeOf(run: () => void): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof StudyError ? error.code : String(error)
  }
  return undefined
}

test('suggested values have the types of the space', () => {
  const { params } = open().ask()
  expectTypeOf(params.x).toEqualTypeOf<number>()
  expectTypeOf(params.opt).toEqualTypeOf<'sgd' | 'adam'>()
  expectTypeOf(params.head.kind).toEqualTypeOf<'linear' | 'mlp'>()
  if (params.head.kind === 'mlp') expectTypeOf(params.head.width).toEqualTypeOf<number>()
  expect(Object.keys(params)).toEqual(['x', 'lr', 'depth', 'opt', 'head'])
})

test('asking and telling keeps the trials and the best of them', () => {
  const study = open()
  expect(study.best).toBeUndefined()
  for (const value of [3, 1, 2, 1]) study.tell(study.ask(), value)
  expect(study.trials.map((trial) => [trial.number, trial.state, trial.value])).toEqual([
    [0, 'complete', 3],
    [1, 'complete', 1],
    [2, 'complete', 2],
    [3, 'complete', 1],
  ])
  expect(study.best?.number).toBe(1)
})

test('the best trial of a study that maximizes has the largest value', () => {
  const study = createStudy({ space, sampler: randomSampler(), direction: 'maximize' })
  for (const value of [3, -Infinity, 7]) study.tell(study.ask(), value)
  expect(study.best?.value).toBe(7)
})

test('the same seed gives the same trials and another seed gives others', () => {
  const params = (seed: number) => {
    const study = open(seed)
    return Array.from({ length: 20 }, () => study.ask().params)
  }
  expect(params(5)).toEqual(params(5))
  expect(params(5)).not.toEqual(params(6))
})

test('telling twice is an error and changes nothing', () => {
  const study = open()
  const trial = study.ask()
  study.tell(trial, 1)
  expect(codeOf(() => study.tell(trial, 2))).toBe('already-told')
  expect(() => study.tell(trial, 2)).toThrow('trial 0 was already told and has state complete: tell a trial only once')
  expect(study.trials[0]?.value).toBe(1)
})

test('a trial of another study is rejected even if its number is known', () => {
  const study = open(1)
  study.ask()
  const stranger = open(1).ask()
  expect(codeOf(() => study.tell(stranger, 1))).toBe('unknown-trial')
  expect(codeOf(() => study.tell(7, 1))).toBe('unknown-trial')
  expect(codeOf(() => study.tell({ ...stranger, params: { ...stranger.params, x: 0 } }, 1))).toBe('unknown-trial')
  expect(study.trials[0]?.state).toBe('running')
})

test('a trial that was restored from JSON can be told', () => {
  const study = open()
  study.tell(JSON.parse(JSON.stringify(study.ask())), 4)
  expect(study.best?.value).toBe(4)
})

test('NaN is a failure with a reason, infinity is a value', () => {
  const study = open()
  study.tell(study.ask(), Number.NaN)
  study.tell(study.ask(), Infinity)
  study.tell(study.ask(), 'failed', 'out of memory')
  study.tell(study.ask(), 'pruned')
  expect(study.trials.map(({ state, value, reason }) => ({ state, value, reason }))).toEqual([
    { state: 'failed', value: undefined, reason: 'the value is NaN' },
    { state: 'complete', value: Infinity, reason: undefined },
    { state: 'failed', value: undefined, reason: 'out of memory' },
    { state: 'pruned', value: undefined, reason: undefined },
  ])
  expect(study.best?.number).toBe(1)
})

test('an invalid outcome is a TypeError', () => {
  const study = open()
  const trial = study.ask()
  expect(() => study.tell(trial, '3' as unknown as number)).toThrow(
    new TypeError("`outcome` must be a number, 'failed' or 'pruned', got the text \"3\""),
  )
  expect(() => study.tell(trial, '0.3' as unknown as number)).toThrow(
    new TypeError("`outcome` must be a number, 'failed' or 'pruned', got the text \"0.3\""),
  )
  expect(() => study.tell(trial, undefined as unknown as number)).toThrow(
    new TypeError("`outcome` must be a number, 'failed' or 'pruned', got undefined"),
  )
  expect(trial.state).toBe('running')
  study.tell(trial, 0.3)
  expect(trial.value).toBe(0.3)
})

test('enqueued parameters come first, and missing ones are drawn', () => {
  const study = open()
  study.enqueue({ x: 2.5, head: { kind: 'mlp', width: 64 } })
  study.enqueue({ head: { kind: 'linear' }, opt: 'adam' })
  const [first, second, third] = [study.ask(), study.ask(), study.ask()]
  expect(first.params).toMatchObject({ x: 2.5, head: { kind: 'mlp', width: 64 } })
  expect(Object.keys(first.params).sort()).toEqual(Object.keys(space).sort())
  expect(second.params).toMatchObject({ head: { kind: 'linear' }, opt: 'adam' })
  expect(third.params).toEqual(
    (() => {
      const other = open()
      other.ask()
      other.ask()
      return other.ask().params
    })(),
  )
})

test('parameters outside the space cannot be enqueued', () => {
  const study = open()
  expect(() => study.enqueue({ x: 11 })).toThrow(new RangeError('`x` must be from -5 to 10, got 11'))
  expect(() => study.enqueue({ depth: 2.5 })).toThrow('`depth` must be on the grid of step 1, got 2.5')
  expect(() => study.enqueue({ opt: 'rmsprop' as 'sgd' })).toThrow('`opt` must be one of "sgd", "adam", got "rmsprop"')
  expect(() => study.enqueue({ y: 1 } as object)).toThrow('`y` is not in the space')
  expect(() => study.enqueue({ head: { kind: 'linear', width: 3 } as { kind: 'linear' } })).toThrow(
    '`head.width` is not in the space, which has nothing there',
  )
})

test('an added trial counts like one from `ask`', () => {
  const study = open()
  const params = { x: 1, lr: 0.1, depth: 3, opt: 'sgd', head: { kind: 'linear' } } as const
  study.add({ params, outcome: 0.5 })
  expect(study.best?.params).toEqual(params)
  expect(() => study.add({ params: { x: 1 } as typeof params, outcome: 1 })).toThrow(
    new TypeError('`params` must have a value for `lr`, `depth`, `opt`, `head`'),
  )
})

test('studies on one storage share their trials, and each number is assigned once', () => {
  const storage = memoryStorage()
  const [a, b] = [1, 2].map((seed) => createStudy({ space, sampler: randomSampler(), seed, storage }))
  if (!a || !b) throw new Error('unreachable: two studies')
  const trials = [a.ask(), b.ask(), a.ask()]
  expect(trials.map((trial) => trial.number)).toEqual([0, 1, 2])
  b.tell(trials[0] as (typeof trials)[0], 1)
  expect(codeOf(() => a.tell(0, 2))).toBe('already-told')
  expect(a.best?.value).toBe(1)
})

test('a storage of another study is rejected', () => {
  const storage = memoryStorage()
  createStudy({ space, sampler: randomSampler(), storage })
  expect(() => createStudy({ space: { z: float(0, 1) }, sampler: randomSampler(), storage })).toThrow(
    'the storage contains a study with a different space: it has x, lr, depth, opt, head, this one has z',
  )
  expect(codeOf(() => createStudy({ space, sampler: randomSampler(), storage, direction: 'maximize' }))).toBe(
    'other-study',
  )
})

test('the parameters of a trial cannot be changed', () => {
  const trial = open().ask()
  expect(() => Object.assign(trial.params, { x: 0 })).toThrow(TypeError)
})

test('invalid options for a study are rejected', () => {
  const sampler = randomSampler()
  expect(() => createStudy({ space: {}, sampler })).toThrow(
    new RangeError('`space` must have at least one parameter, got none'),
  )
  expect(() => createStudy({ space, sampler, seed: -1 })).toThrow(
    new RangeError('`seed` must be a whole number >= 0, got -1'),
  )
  expect(() => createStudy({ space, sampler, direction: 'up' as 'minimize' })).toThrow(
    new RangeError("`direction` must be 'minimize' or 'maximize', got \"up\""),
  )
  const refused = (options: object): string => {
    try {
      createStudy({ space, sampler, ...options })
      return ''
    } catch (error) {
      return String(error)
    }
  }
  expect(refused({ sampler: undefined })).toBe('TypeError: `sampler` must be a sampler such as tpe(), got undefined')
  expect(refused({ sampler: randomSampler })).toBe(
    'TypeError: `sampler` must be a sampler such as tpe(), got the function randomSampler: call it, `sampler: randomSampler()`',
  )
  expect(refused({ pruner: medianPruner })).toMatch(
    /got the function medianPruner: call it, `pruner: medianPruner\(\)`$/,
  )
  expect(refused({ storage: 'study.jsonl' })).toBe(
    'TypeError: `storage` must be a storage such as memoryStorage() or journalStorage(\'study.jsonl\'), got "study.jsonl"',
  )
  expect(refused({ sampler: tpe })).toBe(
    'TypeError: `sampler` must be a sampler such as tpe(), got the function tpe: call it, `sampler: tpe()`',
  )
  for (const [storage, shown] of [
    [3, '3'],
    [null, 'null'],
    [{}, 'an object'],
    [new Map(), 'an object'],
    [{ read: () => [] }, 'an object'],
  ] as const) {
    expect(refused({ storage })).toBe(
      `TypeError: \`storage\` must be a storage such as memoryStorage() or journalStorage('study.jsonl'), got ${shown}`,
    )
  }
  expect(refused({ storage: memoryStorage })).toMatch(/call it, `storage: memoryStorage\(\)`$/)
  expect(refused({ clock: 3 })).toBe('TypeError: `clock` must be a function that returns milliseconds, got 3')
  expect(refused({ directions: ['up'] })).toMatch(/`directions` must be a list of 'minimize' and 'maximize'/)
  expect(refused({ defaults: { 'head.mlp.widht': 1 } })).toMatch(
    /which is not in the space, did you mean `head.mlp.width`\?/,
  )
  expect(refused({ defaults: { depth: 99 } })).toBe('RangeError: `defaults` of `depth` must be from 1 to 12, got 99')
  expect(() => createStudy(undefined as never)).toThrow('`createStudy` takes { space, sampler, ... }, got undefined')
})

test('an invalid trial or invalid parameters are rejected in one line', () => {
  const study = open()
  for (const nothing of [null, 'x', 3, []]) {
    expect(() => study.enqueue(nothing as never)).toThrow(
      /^`params` must be an object with values of `x`, `lr`, `depth`, `opt`, `head`, got (null|"x"|3|a list of 0)$/,
    )
  }
  expect(() => study.enqueue({ head: { kind: 'mlp', width: null } } as never)).toThrow(
    '`head.width` must be a finite number, got null',
  )
  expect(() => study.add(null as never)).toThrow('`add` takes { params, outcome }, got null')
  expect(() => study.add({ params: null, outcome: 1 } as never)).toThrow(
    '`params` must be an object with values of `x`, `lr`, `depth`, `opt`, `head`, got null',
  )
  expect(codeOf(() => study.tell(undefined as never, 1))).toBe('unknown-trial')
  expect(codeOf(() => study.tell(null as never, 1))).toBe('unknown-trial')
  expect(codeOf(() => study.report('0' as never, 1, 1))).toBe('unknown-trial')
  const trial = study.ask()
  expect(() => study.tell(trial, 1, 3 as never)).toThrow(
    'the third argument of `tell` must be a reason or { reason, constraints }, got 3',
  )
  expect(() => study.tell(trial, [1, 2])).toThrow("`outcome` must be a number, 'failed' or 'pruned', got a list of 2")
  expect(() => study.tell(trial, 1, { constraints: 3 as never })).toThrow(
    '`constraints` must be a list of numbers, got 3',
  )
  expect(() => study.report(trial, 1, '1' as never)).toThrow('`value` must be a number, got "1"')
  expect(study.trials.length).toBe(1)
})

test('the model chooses what enqueued or fixed parameters leave out', () => {
  // Good trials are on x = y.
  const told = (seed: number) => {
    const study = createStudy({ space: { x: float(0, 1), y: float(0, 1) }, sampler: tpe(), seed })
    for (let i = 0; i < 60; i++) {
      const [x, y] = [(i * 0.618) % 1, (i * 0.377) % 1]
      study.add({ params: { x, y: i < 12 ? x : y }, outcome: i < 12 ? 0 : Math.abs(x - y) + 0.5 })
    }
    return study
  }
  const near = Array.from({ length: 20 }, (_, seed) => {
    const study = told(seed)
    study.enqueue({ x: 0.8 })
    const queued = study.ask().params
    const fixed = told(seed).ask({ fixed: { y: 0.2 } }).params
    expect([queued.x, fixed.y]).toEqual([0.8, 0.2])
    return [Math.abs(queued.y - 0.8) < 0.15, Math.abs(fixed.x - 0.2) < 0.15]
  })
  // Draws from the prior are that near in 6 of 20 studies.
  expect(near.filter(([queued]) => queued).length).toBeGreaterThan(15)
  expect(near.filter(([, fixed]) => fixed).length).toBeGreaterThan(15)
})

test('fixed parameters override enqueued ones, and a fixed arm has all its parameters', () => {
  for (const sampler of [randomSampler(), tpe({ startup: 2 })]) {
    const study = createStudy({ space, sampler, seed: 5 })
    for (let i = 0; i < 12; i++) {
      const { params } = study.ask({ fixed: { head: { kind: 'mlp' }, depth: 4 } })
      expect([params.head.kind, 'width' in params.head, params.depth]).toEqual(['mlp', true, 4])
      study.tell(i, params.x)
    }
    study.enqueue({ x: 1, depth: 5 })
    expect(study.ask({ fixed: { depth: 6, head: { kind: 'linear' } } }).params).toMatchObject({
      x: 1,
      depth: 6,
      head: { kind: 'linear' },
    })
  }
})

test('a fixed parameter does not change later trials of a study with the same seed', () => {
  const [a, b] = [open(3), open(3)]
  a.ask({ fixed: { x: 0 } })
  b.ask()
  expect(a.ask().params).toEqual(b.ask().params)
})

test('user attributes are stored with a trial, even after it was told', () => {
  const study = open()
  const trial = study.ask()
  study.setUserAttr(trial, 'host', 'a')
  study.tell(trial, 1)
  study.setUserAttr(0, 'curve', [1, { end: null }])
  expect(trial.userAttrs).toEqual({ host: 'a', curve: [1, { end: null }] })
  const again = open()
  again.import(JSON.parse(JSON.stringify(study)))
  expect(again.trials[0]?.userAttrs).toEqual({ host: 'a', curve: [1, { end: null }] })
  expect(() => study.setUserAttr(trial, 'f', (() => 1) as never)).toThrow(
    'the user attribute `f` must be JSON data, got a function',
  )
  expect(() => study.setUserAttr(trial, 'f', { deep: [Number.NaN] })).toThrow('must be JSON data, got NaN')
  expect(() => study.setUserAttr(trial, '', 1)).toThrow(
    'the key of a user attribute must be a non-empty string, got ""',
  )
})

test('a trial without a sign of life for too long is found, marked as failed and tried again', () => {
  let now = 0
  const study = createStudy({ space, sampler: randomSampler(), clock: () => now, owner: 'a' })
  const [silent, reporting, beating] = [study.ask(), study.ask(), study.ask()]
  expect([silent.owner, silent.startedMs]).toEqual(['a', 0])
  now = 60
  study.report(reporting, 1, 1)
  study.heartbeat(beating)
  now = 100
  expect(study.staleTrials({ olderThanMs: 50 }).map(({ number }) => number)).toEqual([0])
  expect(study.retryStale({ olderThanMs: 50 }).map(({ number }) => number)).toEqual([0])
  expect(study.retryStale({ olderThanMs: 50 })).toEqual([])
  expect(() => study.tell(silent, 1)).toThrow(
    'trial 0 was already told and has state failed (abandoned: no sign of life)',
  )
  const again = study.ask()
  expect([again.params, again.retryOf, again.startedMs]).toEqual([silent.params, 0, 100])
  study.tell(again, 1)
  expect([again.endedMs, silent.endedMs]).toEqual([100, 100])
  const copy = createStudy({ space, sampler: randomSampler() })
  copy.import(JSON.parse(JSON.stringify(study)))
  expect(copy.trials).toEqual(study.trials)
})

test('a trial that kills its process every time is not tried forever', () => {
  let now = 0
  const study = createStudy({ space, sampler: randomSampler(), clock: () => now })
  for (let i = 0; i < 6; i++) {
    study.ask()
    now += 100
    study.retryStale({ olderThanMs: 10, maxRetries: 2 })
  }
  expect(study.trials.map(({ retryOf }) => retryOf)).toEqual([undefined, 0, 1, undefined, 3, 4])
})

test('without a clock there are no times, and heartbeats are rejected', () => {
  const study = open()
  const trial = study.ask()
  expect(trial.startedMs).toBeUndefined()
  expect(codeOf(() => study.heartbeat(trial))).toBe('no-clock')
  expect(codeOf(() => study.retryStale({ olderThanMs: 1 }))).toBe('no-clock')
  expect(() => study.staleTrials({ olderThanMs: '1s' as never })).toThrow(
    '`olderThanMs` must be a number >= 0, got "1s"',
  )
})
