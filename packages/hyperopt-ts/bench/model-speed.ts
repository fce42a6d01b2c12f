import { cmaEs, createStudy, float, gp, type Sampler, type Space } from '../src/index.ts'
import { PROBLEMS } from './problems.ts'

/** CPU time of the samplers that learn a model of the whole space. */
export interface ModelSpeed {
  /** CMA-ES, 10,000 trials of 20 numbers. */
  readonly cmaSeconds: number
  readonly gp: readonly GpSpeed[]
}

/** CPU time of the last 50 of 200 asks of `gp()`, in milliseconds. */
export interface GpSpeed {
  readonly space: string
  readonly medianMs: number
  /** Includes a new fit of the kernel's parameters. */
  readonly worstMs: number
}

const TWENTY: Space = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x${i}`, float(-5, 5)]))

/** Measures both, without the time of the objective. */
export function measureModelSpeed(): ModelSpeed {
  const trainer = PROBLEMS.find(({ name }) => name === 'trainer10')
  if (trainer === undefined) throw new Error('unreachable: the problem exists')
  return {
    cmaSeconds: askTimes(TWENTY, cmaEs(), 10_000, valley).reduce((sum, ms) => sum + ms, 0) / 1e3,
    gp: [
      gpSpeed('20 numbers', TWENTY, valley),
      gpSpeed('10 parameters of all kinds (`trainer10`)', trainer.space, trainer.value),
    ],
  }
}

function gpSpeed(space: string, of: Space, value: (params: never) => number): GpSpeed {
  const last = askTimes(of, gp(), 200, value)
    .slice(-50)
    .sort((a, b) => a - b)
  return { space, medianMs: last[25] ?? Number.NaN, worstMs: last.at(-1) ?? Number.NaN }
}

/** The CPU time of each ask, including the tell before it, in milliseconds. */
function askTimes(space: Space, sampler: Sampler, trials: number, value: (params: never) => number): number[] {
  const study = createStudy({ space, sampler, seed: 1 })
  const times: number[] = []
  let before = cpuMs()
  for (let i = 0; i < trials; i++) {
    const trial = study.ask()
    times.push(cpuMs() - before)
    const result = value(trial.params as never) // The function matches the space next to it.
    before = cpuMs()
    study.tell(trial, result)
  }
  return times
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e3
}

/** A sum of squares whose axes differ by up to twenty. */
function valley(params: Readonly<Record<string, number>>): number {
  return Object.values(params).reduce((sum, x, i) => sum + (i + 1) * (x - 1) ** 2, 0)
}
