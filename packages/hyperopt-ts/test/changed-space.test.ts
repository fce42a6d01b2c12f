import { expect, test } from 'vitest'
import {
  branch,
  choice,
  createStudy,
  float,
  int,
  memoryStorage,
  parseStudyDocument,
  randomSampler,
  type Space,
  type Storage,
  type StudyOptions,
  tpe,
} from '../src/index.ts'

const before = {
  lr: float(1e-4, 1, { log: true }),
  depth: int(1, 8),
  opt: choice(['sgd', 'adam']),
  head: branch({ linear: {}, mlp: { width: int(8, 64) } }),
}

const TRIALS = [
  { lr: 0.5, depth: 2, opt: 'sgd', head: { kind: 'linear' } },
  { lr: 0.01, depth: 8, opt: 'adam', head: { kind: 'mlp', width: 16 } },
  { lr: 0.001, depth: 4, opt: 'adam', head: { kind: 'mlp', width: 64 } },
] as const

function stored(): Storage {
  const storage = memoryStorage()
  const study = createStudy({ space: before, sampler: randomSampler(), storage })
  for (const [i, params] of TRIALS.entries()) study.add({ params, outcome: 3 - i })
  return storage
}

function reopened(space: Space, options: Partial<StudyOptions<Space>> = {}) {
  return createStudy({ space, sampler: tpe({ startup: 0 }), storage: stored(), ...options })
}

const fits = (space: Space, options?: Partial<StudyOptions<Space>>) =>
  reopened(space, options).trials.map(({ misfit }) => misfit)

test('a study continues with new choices and arms', () => {
  const study = reopened({
    ...before,
    opt: choice(['lion', 'adam', 'sgd']),
    head: branch({ conv: { size: int(1, 3) }, mlp: { width: int(8, 64) }, linear: {} }),
  })
  expect(study.misfits).toEqual([])
  expect(study.trials.map(({ params }) => params)).toEqual(TRIALS)
  expect(study.best?.number).toBe(2)
  const opts = Array.from({ length: 30 }, () => study.ask().params.opt)
  expect(opts).toContain('lion')
})

test('all trials match wider bounds, and trials outside narrower bounds are listed and not learned from', () => {
  expect(fits({ ...before, lr: float(1e-6, 10, { log: true }), depth: int(1, 80) })).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  const study = reopened({ ...before, depth: int(3, 6) })
  expect(study.misfits.map(({ number, params, misfit }) => ({ number, params, misfit }))).toEqual([
    { number: 0, params: TRIALS[0], misfit: '`depth` must be from 3 to 6, got 2' },
    { number: 1, params: TRIALS[1], misfit: '`depth` must be from 3 to 6, got 8' },
  ])
  expect([study.trials.length, study.best?.number, study.ask().number]).toEqual([3, 2, 3])
  const narrow = reopened({ ...before, depth: int(1, 3) })
  expect([narrow.best?.number, narrow.best?.value]).toEqual([0, 3])
})

test('an added parameter has its default value in earlier trials', () => {
  const space = {
    ...before,
    drop: float(0, 0.9),
    head: branch({ linear: {}, mlp: { width: int(8, 64), act: choice(['relu', 'gelu']) } }),
  }
  const defaults = { drop: 0, 'head.mlp.act': 'relu' }
  const study = reopened(space, { defaults })
  expect(study.misfits).toEqual([])
  expect(study.trials[1]?.params).toEqual({ ...TRIALS[1], drop: 0, head: { kind: 'mlp', width: 16, act: 'relu' } })
  expect(fits(space)[1]).toBe(
    '`head.mlp.act` has no value: add one to `defaults`; `drop` has no value: add one to `defaults`',
  )
})

test('the values of a removed parameter are kept and used again when the parameter returns', () => {
  const storage = stored()
  const { opt: _, ...without } = before
  const small = { ...without, head: branch({ linear: {}, mlp: {} }) }
  const study = createStudy({ space: small, sampler: tpe({ startup: 0 }), storage })
  expect(study.misfits).toEqual([])
  expect(study.trials[1]?.params).toEqual({ lr: 0.01, depth: 8, head: { kind: 'mlp' } })
  const document = parseStudyDocument(JSON.parse(JSON.stringify(study)))
  expect(document.trials[1]).toMatchObject({ removed: { opt: 'adam', head: { kind: 'mlp', width: 16 } } })
  const back = createStudy({ space: before, sampler: randomSampler() })
  back.import(document)
  expect(back.trials.map(({ params }) => params)).toEqual(TRIALS)
  const again = createStudy({ space: before, sampler: randomSampler(), storage })
  expect(again.trials.slice(0, 3).map(({ params }) => params)).toEqual(TRIALS)
})

test('the kind of a parameter may change as long as its values are valid for the new kind', () => {
  expect(fits({ ...before, depth: float(0, 8) })).toEqual([undefined, undefined, undefined])
  expect(fits({ ...before, depth: choice([2, 4]) })).toEqual([
    undefined,
    '`depth` must be one of 2, 4, got 8',
    undefined,
  ])
  expect(
    fits(
      { ...before, opt: branch({ sgd: { momentum: float(0, 1) }, adam: {} }) },
      { defaults: { 'opt.sgd.momentum': 0 } },
    ),
  ).toEqual([undefined, undefined, undefined])
  expect(fits({ ...before, head: choice(['linear', 'mlp']) })).toEqual([undefined, undefined, undefined])
})

test('an imported study may have another space', () => {
  const document = JSON.parse(
    JSON.stringify(createStudy({ space: before, sampler: randomSampler(), storage: stored() })),
  )
  const study = createStudy({ space: { ...before, depth: int(1, 4) }, sampler: randomSampler() })
  study.import(document)
  expect(study.trials.map(({ misfit }) => misfit)).toEqual([undefined, '`depth` must be from 1 to 4, got 8', undefined])
  const again = JSON.parse(JSON.stringify(study))
  expect(again.trials[1]).toMatchObject({ params: TRIALS[1], misfit: '`depth` must be from 1 to 4, got 8', value: 2 })
  const wide = createStudy({ space: before, sampler: randomSampler() })
  wide.import(again)
  expect(wide.misfits).toEqual([])
})

test('trials that run while the space changes can be told by either process', () => {
  const storage = stored()
  const old = createStudy({ space: before, sampler: randomSampler(), storage })
  const running = old.ask({ fixed: { depth: 8 } })
  const fresh = createStudy({ space: { ...before, depth: int(1, 4) }, sampler: tpe({ startup: 0 }), storage })
  const other = fresh.ask()
  old.tell(running, 0)
  old.tell(other.number, 0.5)
  fresh.refresh()
  expect(fresh.misfits.map(({ number, value }) => [number, value])).toEqual([
    [1, 2],
    [running.number, 0],
  ])
  expect([fresh.best?.number, old.best?.number]).toEqual([other.number, running.number])
})

test('enqueued parameters that no longer match become a failed trial with that reason', () => {
  const storage = stored()
  createStudy({ space: before, sampler: randomSampler(), storage }).enqueue({ depth: 7 })
  const study = createStudy({ space: { ...before, depth: int(1, 4) }, sampler: randomSampler(), storage })
  expect(study.ask().number).toBe(4)
  expect(study.trials[3]).toMatchObject({
    state: 'failed',
    params: { depth: 7 },
    reason: 'enqueued parameters do not fit the space: `depth` must be from 1 to 4, got 7',
  })
})

test('a change of space is recorded, so that a reader of the file gets the latest one', () => {
  const storage = stored()
  const space = { ...before, depth: int(1, 4) }
  for (let i = 0; i < 2; i++) createStudy({ space, sampler: randomSampler(), storage })
  const named = storage.read(0).filter(({ kind }) => kind === 'study')
  expect(named.map((event) => event.kind === 'study' && event.space.depth)).toEqual([before.depth, space.depth])
})
