import { describe, expect, test } from 'vitest'
import { bundle } from './bundle.ts'
import { exportedSamplers } from './exported-samplers.ts'

interface Expected {
  /** The modules that only this sampler needs. */
  readonly modules: readonly string[]
  /** Other samplers that it uses. */
  readonly uses?: readonly string[]
  readonly mostBytes: number
}

const SAMPLERS: Readonly<Record<string, Expected>> = {
  randomSampler: { modules: ['random-sampler'], mostBytes: 4_000 },
  // TPE and the Gaussian process take their first points from the sequence in `halton`, not from the sampler.
  haltonSampler: { modules: ['halton-sampler'], mostBytes: 5_000 },
  sobolSampler: { modules: ['sobol', 'sobol-numbers', 'sobol-sampler'], mostBytes: 11_000 },
  gridSampler: { modules: ['grid-sampler'], mostBytes: 6_000 },
  localSampler: { modules: ['local-sampler'], mostBytes: 8_000 },
  nsga2: { modules: ['nsga2', 'nsga2-selection', 'pareto'], mostBytes: 10_000 },
  gp: {
    modules: ['gp', 'gp-model', 'gp-proposal', 'gp-session', 'gp-values', 'cholesky', 'lbfgs', 'expected-improvement'],
    mostBytes: 19_000,
  },
  tpe: {
    modules: ['tpe', 'tpe-model', 'tpe-session', 'tpe-split', 'trial-table', 'parzen', 'kernel-mixture', 'arms'],
    mostBytes: 27_000,
  },
  cmaEs: {
    modules: ['cma-es', 'cma-session', 'cma-start', 'cma-state', 'cma-weights', 'eigen'],
    // Choices and the parameters of arms.
    uses: ['tpe'],
    mostBytes: 39_000,
  },
  auto: { modules: ['auto', 'gp-takeover'], uses: ['gp', 'tpe', 'cmaEs'], mostBytes: 55_000 },
}

/** The modules that contribute code to the bundle, and its size when minified. */
async function alone(sampler: string): Promise<{ readonly modules: readonly string[]; readonly bytes: number }> {
  const program = `import { ${sampler} } from '@src/index.ts'\nglobalThis.sampler = ${sampler}()`
  const text = await bundle(program, { minify: false })
  const minified = await bundle(program, { minify: true })
  // esbuild writes the path of a module above the code that it keeps from it.
  return {
    modules: [...text.matchAll(/^\/\/ .*src\/(.+)\.ts$/gm)].map((match) => match[1] ?? ''),
    bytes: minified.length,
  }
}

describe('bundled by esbuild', () => {
  for (const [sampler, { modules: own, uses = [], mostBytes }] of Object.entries(SAMPLERS)) {
    test(`${sampler} alone contains no code of the samplers that it does not use`, async () => {
      const { modules, bytes } = await alone(sampler)
      const allowed = new Set([...own, ...uses.flatMap((name) => SAMPLERS[name]?.modules ?? [])])
      const foreign = Object.values(SAMPLERS).flatMap((other) => other.modules.filter((name) => !allowed.has(name)))
      expect(modules.filter((name) => foreign.includes(name))).toEqual([])
      expect(modules).toEqual(expect.arrayContaining([...own]))
      expect(modules).not.toContain('event-study')
      expect(bytes).toBeLessThan(mostBytes)
    })
  }

  test('the list names every sampler', () => {
    const samplers = exportedSamplers().map(({ made }) => made)
    expect(Object.keys(SAMPLERS).sort()).toEqual(samplers.sort())
  })
})
