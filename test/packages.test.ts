import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDirectory } from './remove-directory.ts'
import {
  bytesBelow,
  filesOf,
  installedIn,
  installWithNpm,
  pack,
  ROOT,
  run,
  withDependencies,
  workspacePackages,
} from './tarballs.ts'

// Only ends programs that hang.
const TIMEOUT = 900_000
const all = workspacePackages()
const temporary = mkdtempSync(join(tmpdir(), 'hotcb-packages-'))
let tarballs: Map<string, string>

beforeAll(() => {
  tarballs = pack(
    all.map(({ name }) => name),
    join(temporary, 'tarballs'),
  )
}, TIMEOUT)

afterAll(() => removeDirectory(temporary))

function tarballsFor(name: string): string[] {
  return withDependencies([name], all).map((one) => tarballs.get(one) ?? one)
}

test('every tarball contains only the licence, a README, instructions for agents and the build', () => {
  const foreign: string[] = []
  for (const [name, tarball] of tarballs) {
    const files = filesOf(tarball)
    for (const wanted of ['LICENSE', 'README.md', 'package.json']) {
      if (!files.includes(wanted)) foreign.push(`${name} lacks ${wanted}`)
    }
    for (const file of files) if (!belongs(file)) foreign.push(`${name} has ${file}`)
  }
  expect(foreign).toEqual([])
})

function belongs(file: string): boolean {
  if (/^(LICENSE|README\.md|CHANGELOG\.md|AGENTS\.md|package\.json)$/.test(file)) return true
  return (
    /^(dist|src|data|schemas|bin|python)\//.test(file) && !/\.(tsbuildinfo|log|tgz)$|__pycache__|\.test\./.test(file)
  )
}

test('all code is published unminified, with a map to sources that are in the tarball', {
  timeout: TIMEOUT,
}, () => {
  const wrong: string[] = []
  for (const [name, tarball] of tarballs) {
    const files = filesOf(tarball)
    // Files for a browser must above all be small.
    for (const file of files.filter((one) => /^dist\/(?!web\/).*\.c?js$/.test(one))) {
      const text = textIn(tarball, file)
      const longest = Math.max(...text.split('\n').map((line) => line.length))
      if (longest > LONGEST_LINE) wrong.push(`${name}: ${file} has a line of ${longest} characters`)
      if (!text.includes(`//# sourceMappingURL=${posix.basename(file)}.map`))
        wrong.push(`${name}: ${file} names no map`)
      const map: unknown = JSON.parse(textIn(tarball, `${file}.map`))
      if (!isSourceMap(map)) throw new Error(`${name}: ${file}.map is not a source map`)
      if (map.sourcesContent !== undefined) wrong.push(`${name}: ${file}.map contains a second copy of the sources`)
      // The bundle of the programs contains sources of many packages and refers to them in the repository.
      if (map.sourceRoot !== undefined) continue
      const missing = map.sources.filter((one) => !files.includes(posix.join(posix.dirname(file), one)))
      for (const source of missing) wrong.push(`${name}: ${file}.map names ${source}, which is missing`)
    }
  }
  expect(wrong).toEqual([])
})

// Node prints one line of source before the stack of an uncaught error.
// The bundler declares all names of a module that is loaded late in one line.
const LONGEST_LINE = 3_000

interface SourceMap {
  readonly sources: readonly string[]
  readonly sourcesContent?: unknown
  readonly sourceRoot?: string
}

function isSourceMap(value: unknown): value is SourceMap {
  return typeof value === 'object' && value !== null && 'sources' in value && Array.isArray(value.sources)
}

function textIn(tarball: string, file: string): string {
  return run('tar', ['-xzOf', tarball, `package/${file}`], ROOT)
}

test('no published manifest mentions the workspace', () => {
  for (const [name, tarball] of tarballs) {
    const manifest = run('tar', ['-xzOf', tarball, 'package/package.json'], ROOT)
    expect(manifest, name).not.toMatch(/workspace:|catalog:|@hotcb\/source/)
  }
})

test('the kernel alone installs its dependencies, and works in every way in which a package is used', {
  timeout: TIMEOUT,
}, async () => {
  const dir = join(temporary, 'kernel')
  installWithNpm(dir, tarballsFor('@hotcb/kernel'))
  const ours = ['@hotcb/actuators', '@hotcb/journal', '@hotcb/kernel', '@hotcb/protocol', '@hotcb/recipe']
  expect(installedIn(dir)).toEqual([...ours, 'argparse', 'js-yaml', 'valibot'].sort())
  const own = join(dir, 'node_modules/@hotcb')
  // A quarter of this is comments, because the code is published as it is written. The descriptors' help texts are about 30 kB,
  // the checks that refuse an invalid descriptor when the kernel opens about 10 kB, and the editing of recipes about 12 kB.
  expect(bytesBelow(own, /\.js$/)).toBeLessThan(550_000)
  // With maps and sources, which only people, debuggers and `node --enable-source-maps` read.
  expect(bytesBelow(own)).toBeLessThan(2_000_000)

  const use = `
    const kernel = openKernel('run')
    kernel.apply({ step: 0 }, ['train_step_end'])
    kernel.close()
    process.stdout.write(String(kernel.seq))`
  writeFileSync(join(dir, 'esm.mjs'), `import { openKernel } from '@hotcb/kernel/node'\n${use}`)
  expect(run('node', ['esm.mjs'], dir)).toBe('1')
  writeFileSync(join(dir, 'common.cjs'), `const { openKernel } = require('@hotcb/kernel/node')\n${use}`)
  expect(run('node', ['--no-warnings', 'common.cjs'], dir)).toBe('2')

  writeFileSync(
    join(dir, 'strict.ts'),
    `import { createKernel, type Kernel } from '@hotcb/kernel'
import { openKernel } from '@hotcb/kernel/node'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
const optimizer = { paramGroups: [{ lr: 0.1 }] }
const kernels: readonly Kernel[] = [createKernel(), openKernel('run', { state: createMutableState(optimizerActuators(optimizer)) })]
for (const kernel of kernels) if (kernel.apply({ step: 0 }, ['train_step_end']).stop) kernel.close()
`,
  )
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const flags = ['--noEmit', '--strict', '--target', 'es2022', '--exactOptionalPropertyTypes', '--types', 'node']
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types')]
    const how = ['--module', module, '--moduleResolution', moduleResolution]
    run(join(ROOT, 'node_modules/.bin/tsc'), [...flags, ...types, ...how, 'strict.ts'], dir)
  }

  const { outputFiles } = await build({
    stdin: { contents: `export { createKernel } from '@hotcb/kernel'`, resolveDir: dir },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'hotcb',
    minify: true,
    write: false,
  })
  const bundle = outputFiles[0]?.text ?? ''
  const seq = runInNewContext(`${bundle}; const k = hotcb.createKernel(); k.apply({ step: 0 }); k.close(); k.seq`, {
    AbortController,
  })
  expect(seq).toBe(1)
})

test('`npm run pack` makes tarballs that a project can install together, with all imports of the guides and the command line', {
  timeout: TIMEOUT,
}, () => {
  const [packed, dir] = [join(temporary, 'all packed'), join(temporary, 'project')]
  const said = run('node', ['scripts/pack.mjs', packed], ROOT)
  expect(said).toContain(`${all.length} packages in ${packed}`)
  expect(said).toContain(`npm install "${packed}"/*.tgz`)
  installWithNpm(
    dir,
    readdirSync(packed).map((name) => join(packed, name)),
  )
  const guide = readFileSync(join(ROOT, 'docs/integrating-a-trainer.md'), 'utf8')
  const [, trainer = ''] = /^```ts\n(import[\s\S]*?)^```$/m.exec(guide) ?? []
  writeFileSync(join(dir, 'train.mjs'), trainer)
  run('node', ['train.mjs'], dir)
  expect(run('npx', ['hotcb', '--dir', 'runs/exp1', 'log', '--json'], dir)).toContain('"op":"attempt"')
})

test('an uncaught error is short, and source maps name the line of TypeScript', { timeout: TIMEOUT }, () => {
  const dir = join(temporary, 'uncaught')
  installWithNpm(dir, tarballsFor('@hotcb/kernel'))
  writeFileSync(join(dir, 'file'), '')
  writeFileSync(join(dir, 'bad.mjs'), `import { openKernel } from '@hotcb/kernel/node'\nopenKernel('file/run')\n`)
  const plain = spawnSync('node', ['bad.mjs'], { cwd: dir, encoding: 'utf8' })
  expect(plain.status).toBe(1)
  expect(plain.stderr).toContain('KernelError: the run directory `file/run` cannot be opened')
  expect(plain.stderr.length).toBeLessThan(3000)

  const mapped = spawnSync('node', ['--enable-source-maps', 'bad.mjs'], { cwd: dir, encoding: 'utf8' })
  const [, file = '', line = ''] =
    /at .*?(\/[^\s(]*@hotcb\/kernel\/src\/node\/open-kernel\.ts):(\d+):\d+/.exec(mapped.stderr) ?? []
  expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toContain("throw new KernelError('cannot-open'")
  expect(mapped.stderr).toContain(`throw new KernelError('cannot-open'`)
})

test('the program with all its dependencies stays under 28 MB, and runs', { timeout: TIMEOUT }, () => {
  const dir = join(temporary, 'program')
  installWithNpm(dir, tarballsFor('hotcb'))
  const bytes = bytesBelow(join(dir, 'node_modules'))
  writeFileSync(join(dir, 'size.json'), JSON.stringify({ bytes }))
  expect(bytes).toBeLessThan(28_000_000)
  run('npx', ['hotcb', 'demo', '--dir', 'run', '--max-steps', '20', '--json'], dir)
  expect(JSON.parse(readFileSync(join(dir, 'run/hotcb.run.json'), 'utf8'))).toMatchObject({ stopped_early: false })
  expect(run('npx', ['hotcb', '--dir', 'run', 'log'], dir)).toContain('attempt')
})
