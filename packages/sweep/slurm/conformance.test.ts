import { describe, test } from 'vitest'
import { executorConformance } from '../src/testing.ts'
import { conformanceWorkspace } from '../test/conformance-workspace.ts'

const BLOCK = 'slurm: {partition: main, time: "00:05:00", mem: 50M}'

describe.concurrent('the executor slurm on a real SLURM', () => {
  for (const { title, run } of executorConformance(() => conformanceWorkspace(BLOCK))) test(title, run)
})
