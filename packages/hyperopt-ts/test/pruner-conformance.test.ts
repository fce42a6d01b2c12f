import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import {
  ashaPruner,
  hyperbandPruner,
  medianPruner,
  memoryStorage,
  type Pruner,
  patientPruner,
  percentilePruner,
  thresholdPruner,
  wilcoxonPruner,
} from '../src/index.ts'
import { journalStorage } from '../src/node.ts'
import { prunerConformance, storageConformance } from '../src/testing.ts'

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
