import { expect, test } from 'vitest'
import { contour, history, importance, parallelCoordinates, slice } from '../src/analysis.ts'
import { branch, choice, createStudy, float, int, randomSampler, tpe } from '../src/index.ts'

const space = {
  main: float(0, 1),
  some: float(1e-4, 1, { log: true }),
  none: int(0, 20),
  opt: choice(['bad', 'fair', 'good']),
  head: branch({ off: {}, on: { drop: float(0, 1), idle: float(0, 1) } }),
}

function studied(count: number) {
  const study = createStudy({ space, sampler: randomSampler(), seed: 1 })
  for (let i = 0; i < count; i++) {
    const trial = study.ask()
    const { main, some, opt, head } = trial.params
    const value = 20 * (main - 0.3) ** 2 + 0.3 * (Math.log10(some) / 4 + 0.5) ** 2
    const choices = { bad: 1, fair: 0.5, good: 0 }[opt] + (head.kind === 'on' ? 2 * (head.drop - 0.8) ** 2 : 0.2)
    study.tell(trial, i === 7 ? 'failed' : value + choices)
  }
  return study
}

test('importance orders parameters by their influence, and adds up to one', () => {
  const found = importance(studied(150))
  const share = Object.fromEntries(found.map(({ path, share: of }) => [path, of]))
  expect(Object.keys(share).sort()).toEqual(['head', 'head.on.drop', 'head.on.idle', 'main', 'none', 'opt', 'some'])
  expect(found[0]?.path).toBe('main')
  expect(found.map((entry) => entry.share)).toEqual(found.map((entry) => entry.share).sort((a, b) => b - a))
  expect(share.opt).toBeGreaterThan(share.some ?? 1)
  expect(share.main).toBeGreaterThan(4 * (share.none ?? 1))
  expect(share['head.on.drop']).toBeGreaterThan(2 * (share['head.on.idle'] ?? 1))
  expect(found.reduce((sum, entry) => sum + entry.share, 0)).toBeCloseTo(1, 12)
})

test('a parameter of an arm counts in proportion to the trials of the arm', () => {
  const shareOf = (every: number) => {
    const study = createStudy({
      space: { main: float(0, 1), arm: branch({ off: {}, on: { x: float(0, 1) } }) },
      sampler: randomSampler(),
    })
    for (let i = 0; i < 400; i++) {
      const [main, x] = [(i * 0.618) % 1, (i * 0.377) % 1]
      const on = i % every === 0
      study.add({ params: { main, arm: on ? { kind: 'on', x } : { kind: 'off' } }, outcome: main + (on ? x : 0.5) })
    }
    return importance(study).find(({ path }) => path === 'arm.on.x')?.share ?? 0
  }
  expect(shareOf(5)).toBeLessThan(0.5 * shareOf(1))
})

test('importance is zero for a few trials, and invalid options are rejected', () => {
  expect(importance(studied(9)).map(({ share }) => share)).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(() => importance(studied(9), { trees: 0 })).toThrow('`trees` must be a whole number >= 1, got 0')
  expect(() => importance(studied(9), { seed: -1 })).toThrow('`seed` must be a whole number >= 0, got -1')
  expect(() => importance(studied(9), { target: 0.1 } as object)).toThrow('`importance` has an unknown key `target`')
})

test('nothing is important when all values are equal', () => {
  for (const value of [0, 3, 1e300]) {
    const study = createStudy({ space, sampler: tpe(), seed: 1 })
    for (let i = 0; i < 40; i++) study.tell(study.ask(), value)
    expect(importance(study).every(({ share }) => share === 0)).toBe(true)
  }
})

test('infinite and huge values do not produce NaN shares', () => {
  const study = createStudy({ space: { x: float(0, 1), y: float(0, 1) }, sampler: randomSampler(), seed: 1 })
  for (let i = 0; i < 40; i++) study.tell(study.ask(), i % 5 === 0 ? Infinity : i % 7 === 0 ? -Number.MAX_VALUE : i)
  const shares = importance(study).map(({ share }) => share)
  expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
})

test('the history contains the best value so far in either direction', () => {
  const run = (direction: 'minimize' | 'maximize') => {
    const study = createStudy({ space: { x: float(0, 1) }, sampler: randomSampler(), direction })
    for (const outcome of [3, 'failed', 1, 2] as const) study.tell(study.ask(), outcome)
    return history(study)
  }
  expect(run('minimize')).toEqual([
    { number: 0, value: 3, best: 3 },
    { number: 2, value: 1, best: 1 },
    { number: 3, value: 2, best: 1 },
  ])
  expect(run('maximize').map(({ best }) => best)).toEqual([3, 3, 3])
})

test('a slice has a dot for each trial that has the parameter', () => {
  const study = studied(50)
  expect(slice(study, 'main').length).toBe(49)
  expect(slice(study, 'head').map(({ x }) => x)).toContain('on')
  const on = study.trials.filter(({ state, params }) => state === 'complete' && params.head.kind === 'on')
  expect(slice(study, 'head.on.drop').map(({ number }) => number)).toEqual(on.map(({ number }) => number))
  expect(() => slice(study, 'drop')).toThrow('`drop` is not a parameter of the space, which has main, some')
})

test('a contour has a grid whose estimates follow the trials', () => {
  const study = studied(400)
  const { xs, ys, grid, points } = contour(study, 'main', 'opt', { resolution: 11 })
  expect([xs.length, ys, grid.length, grid[0]?.length, points.length]).toEqual([
    11,
    ['bad', 'fair', 'good'],
    3,
    11,
    399,
  ])
  expect(xs[3]).toBeCloseTo(0.3, 12)
  expect(grid[2]?.[3]).toBeLessThan(grid[2]?.[10] ?? 0)
  expect(grid[2]?.[3]).toBeLessThan(grid[0]?.[3] ?? 0)
})

test('parallel coordinates have a height on each axis that exists', () => {
  const study = studied(30)
  const { axes, lines } = parallelCoordinates(study)
  expect(axes.map(({ path, values }) => [path, values?.length])).toEqual([
    ['main', undefined],
    ['some', undefined],
    ['none', 21],
    ['opt', 3],
    ['head', 2],
    ['head.on.drop', undefined],
    ['head.on.idle', undefined],
  ])
  expect(lines.length).toBe(29)
  for (const { number, heights } of lines) {
    const { head, main } = study.trials[number]?.params ?? { head: { kind: 'off' }, main: 0 }
    expect(heights[0]).toBeCloseTo(main, 12)
    expect(heights[4]).toBe(head.kind === 'on' ? 1 : 0)
    expect(heights[5] === undefined).toBe(head.kind === 'off')
  }
})
