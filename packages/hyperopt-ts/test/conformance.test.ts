import { describe, expect, test } from 'vitest'
import { gpTakeover } from '../src/gp-takeover.ts'
import {
  auto,
  cmaEs,
  gp,
  gridSampler,
  haltonSampler,
  localSampler,
  memoryStorage,
  nsga2,
  type Pruner,
  randomSampler,
  type Sampler,
  sobolSampler,
  tpe,
} from '../src/index.ts'
import { scottBandwidth } from '../src/sampler.ts'
import { prunerConformance, samplerConformance, storageConformance } from '../src/testing.ts'

const samplers: Record<string, () => Sampler> = {
  random: () => randomSampler(),
  halton: () => haltonSampler(),
  grid: () => gridSampler({ points: 3 }),
  sobol: () => sobolSampler(),
  'cma-es': () => cmaEs(),
  'cma-es, separable, bipop': () => cmaEs({ separable: true, restartStrategy: 'bipop', popsize: 5 }),
  gp: () => gp(),
  nsga2: () => nsga2({ populationSize: 8 }),
  local: () => localSampler({ repeatEvery: 7, memory: 20 }),
  tpe: () => tpe(),
  auto: () => auto(),
  'a Gaussian process that takes over from CMA-ES': () => gpTakeover(cmaEs()),
  'tpe, each parameter separately': () => tpe({ multivariate: false, candidates: 24 }),
  'tpe with other options': () =>
    tpe({ startup: 0, priorWeight: 0, bandwidth: scottBandwidth(), constantLiar: false, failed: 'ignore' }),
}

for (const [name, make] of Object.entries(samplers)) {
  describe(name, () => {
    for (const { title, run } of samplerConformance(make)) test(title, run)
  })
}

function failures(cases: readonly { title: string; run: () => void | Promise<void> }[]): string[] {
  return cases.flatMap(({ title, run }) => {
    try {
      run()
      return []
    } catch {
      return [title]
    }
  })
}

test('the suites detect a bad implementation', () => {
  let calls = 0
  const forgetful: Sampler = { name: 'bad', open: () => ({ suggest: () => ({ x: calls++ % 3 }) }) }
  expect(failures(samplerConformance(() => forgetful)).length).toBeGreaterThan(10)
  const moody: Pruner = {
    name: 'bad',
    shouldPrune: (_trial, trials, direction) => direction === 'minimize' && trials.length > 39,
  }
  expect(failures(prunerConformance(() => moody))).toEqual([
    'it never stops the trial that is best at every step',
    'both directions are mirror images',
  ])
  const lossy = memoryStorage()
  const bad = { ...lossy, read: (from: number) => lossy.read(from).slice(0, 3) }
  expect(failures(storageConformance(() => ({ open: () => bad })))).toContain(
    'it returns appended events in order, from any index',
  )
})
