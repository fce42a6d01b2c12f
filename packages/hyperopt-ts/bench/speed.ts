import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createStudy, tpe } from '../src/index.ts'
import { PROBLEMS } from './problems.ts'

/** CPU time of one study of trainer10, whose ten parameters are of all kinds. */
export interface SpeedFigure {
  readonly trials: number
  /** The CPU time of `ask` and `tell` in seconds, without the objective. */
  readonly cpuSeconds: number
  /** Median time of the last 51 calls of `ask`, in milliseconds. */
  readonly askMs: number
}

/** Heap use of one trial. */
export interface MemoryFigure {
  readonly trials: number
  readonly bytesPerTrial: number
}

/** The figures of studies with this many trials. */
export function measureSpeed(counts: readonly number[]): SpeedFigure[] {
  return counts.map((trials) => {
    const { space, value } = problem()
    const study = createStudy({ space, sampler: tpe(), seed: 1 })
    const asks: number[] = []
    let objective = 0
    const before = process.cpuUsage()
    for (let i = 0; i < trials; i++) {
      const start = performance.now()
      const trial = study.ask()
      const asked = performance.now()
      const result = value(trial.params)
      objective += performance.now() - asked
      asks.push(asked - start)
      study.tell(trial, result)
    }
    const { user, system } = process.cpuUsage(before)
    const last = asks.slice(-51).sort((a, b) => a - b)
    return { trials, cpuSeconds: (user + system) / 1e6 - objective / 1e3, askMs: last[25] ?? Number.NaN }
  })
}

/** The heap use of studies with this many trials, with the sampler's models built. */
export function measureMemory(counts: readonly number[]): MemoryFigure[] {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  // The first study includes the engine's compile time.
  return [500, ...counts]
    .map((trials) => {
      const { space, value } = problem()
      const used = (): number => {
        for (let i = 0; i < 3; i++) collect()
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        return heapUsed + arrayBuffers
      }
      const before = used()
      // The models are built once, at the end: until then the trials cost next to no time.
      const study = createStudy({ space, sampler: tpe({ startup: trials }), seed: 1 })
      for (let i = 0; i < trials; i++) {
        const trial = study.ask()
        study.tell(trial, value(trial.params))
      }
      study.ask()
      return { trials, bytesPerTrial: Math.round((used() - before) / study.trials.length) }
    })
    .slice(1)
}

function problem(): (typeof PROBLEMS)[number] {
  const found = PROBLEMS.find(({ name }) => name === 'trainer10')
  if (found === undefined) throw new Error('unreachable: the problem exists')
  return found
}
