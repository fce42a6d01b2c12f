import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'tsup'
import { expect, test } from 'vitest'
import { bundle } from './bundle.ts'

function size(text: string): number {
  return Buffer.byteLength(text)
}

test('random search alone takes less than 12 kB minified', async () => {
  const alone = await bundle(
    `import { branch, choice, float, int, ordered, normal, randomParams } from '@src/index.ts'
     const space = { x: float(0, 1), n: int(1, 2), b: branch({ a: {} }), c: choice([1]), o: ordered([1]), g: normal(0, 1) }
     for (const params of randomParams(space)) if (params.x < 0.1) break`,
    { minify: true },
  )
  expect(size(alone)).toBeLessThan(12_000)
})

test('a study of random search takes less than 12 kB in the form that a browser loads, minified and compressed', async () => {
  const alone = await bundle(
    `import { createStudy, float, randomSampler } from '@src/index.ts'
     const study = createStudy({ space: { x: float(0, 1) }, sampler: randomSampler() })
     study.tell(study.ask(), 1)
     console.log(study.best)`,
    { minify: true },
  )
  expect(gzipSync(alone).length).toBeLessThan(12_000)
  expect(size(alone)).toBeLessThan(32_000)
  expect(alone).not.toContain('candidates')
})

test('all entries except the one for Node use no Node modules, no clock and no randomness', async () => {
  const whole = await bundle(
    ['index', 'analysis', 'sampler', 'plot', 'optuna', 'testing']
      .map((entry) => `export * from '@src/${entry}.ts'`)
      .join('\n'),
    { minify: false },
  )
  expect(whole.match(/from\s*["']node:|require\(|Date\.now|new Date\(\)|performance\.now|Math\.random/g)).toBeNull()
})

test('the package is under 350 kB when packed by npm, with maps and sources, and its built entries work', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-pack-'))
  try {
    // A copy is built with the options of tsup.config.ts, so that `dist` is not touched. Maps contain the paths from `dist` to `src`.
    for (const file of ['package.json', 'README.md', 'bin', 'src']) {
      cpSync(join(root, file), join(directory, file), { recursive: true })
    }
    const entries = ['index', 'analysis', 'sampler', 'node', 'testing', 'plot', 'optuna', 'bin'].map((name) =>
      join(directory, `src/${name}.ts`),
    )
    await build({
      entry: entries,
      outDir: join(directory, 'dist'),
      format: 'esm',
      platform: 'neutral',
      target: 'node20.19',
      removeNodeProtocol: false,
      external: [/^node:/],
      splitting: true,
      sourcemap: true,
      esbuildOptions: (esbuild) => {
        esbuild.sourcesContent = false
      },
      silent: true,
      config: false,
      tsconfig: join(root, 'tsconfig.json'),
    })
    // The type checker does not resolve computed names. The scripts have no types.
    const script = (name: string) => import(new URL(`../../../scripts/${name}.mjs`, import.meta.url).href)
    const [{ writeDeclarations }, { keepLines }] = [await script('declarations'), await script('line-maps')]
    writeDeclarations(entries, join(directory, 'src'), join(directory, 'dist'))
    keepLines(join(directory, 'dist'))
    const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts'], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [{ size: bytes, files }] = JSON.parse(packed)
    expect(bytes).toBeLessThan(350_000)
    expect(files.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining([
        'dist/index.js',
        'dist/analysis.js',
        'dist/sampler.js',
        'dist/node.js',
        'dist/testing.js',
        'dist/index.d.ts',
        'README.md',
        'src/index.ts',
      ]),
    )
    const built = await import(/* @vite-ignore */ join(directory, 'dist/index.js'))
    const study = built.createStudy({ space: { x: built.float(0, 1) }, sampler: built.tpe() })
    study.tell(study.ask(), 1)
    expect(study.best.value).toBe(1)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
