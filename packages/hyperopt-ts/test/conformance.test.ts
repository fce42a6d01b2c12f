import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gpTakeover } from '../src/gp-takeover.ts'
import {
  ashaPruner,
  auto,
  cmaEs,
  gp,
  gridSampler,
  haltonSampler,
  hyperbandPruner,
  localSampler,
  medianPruner,
  memoryStorage,
  nsga2,
  type Pruner,
  patientPruner,
  percentilePruner,
  randomSampler,
  type Sampler,
  sobolSampler,
  thresholdPruner,
  tpe,
  wilcoxonPruner,
} from '../src/index.ts'
import { journalStorage } from '../src/node.ts'
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
  'tpe, each parameter by itself': () => tpe({ multivariate: false, candidates: 24 }),
  'tpe with other options': () =>
    tpe({ startup: 0, priorWeight: 0, bandwidth: scottBandwidth(), constantLiar: false, failed: 'ignore' }),
}

for (const [name, make] of Object.entries(samplers)) {
  describe(name, () => {
    for (const { title, run } of samplerConformance(make)) test(title, run)
  })
}

const pruners: Record<string, () => Pruner> = {
  median: () => medianPruner(),
  asha: () => ashaPruner({ reduction: 3 }),
  percentile: () => percentilePruner(25),
  hyperband: () => hyperbandPruner({ maxResource: 20 }),
  threshold: () => thresholdPruner({ lower: -1e3, upper: 1e3 }),
  patient: () => patientPruner(undefined, { patience: 3 }),
  'patient, about the median': () => patientPruner(medianPruner(), { patience: 2 }),
  wilcoxon: () => wilcoxonPruner(),
}

for (const [name, make] of Object.entries(pruners)) {
  describe(name, () => {
    for (const { title, run } of prunerConformance(make)) test(title, run)
  })
}

describe('memory storage', () => {
  for (const { title, run } of storageConformance(() => {
    const storage = memoryStorage()
    return { open: () => storage }
  })) {
    test(title, run)
  }
})

describe('journal storage', () => {
  for (const { title, run } of storageConformance(() => {
    const directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-'))
    const opened: { close: () => void }[] = []
    return {
      open: () => {
        const storage = journalStorage(join(directory, 'study.jsonl'))
        opened.push(storage)
        return storage
      },
      close: () => {
        for (const storage of opened) storage.close()
        rmSync(directory, { recursive: true })
      },
    }
  })) {
    test(title, run)
  }
})

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
