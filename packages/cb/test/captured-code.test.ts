import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceCapture } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { REFUSED } from './refused-code.ts'
import { openRun, type Run, recorded, temporaryFolder } from './support.ts'

function captureOf(run: Run): SourceCapture {
  return run.last()?.payload?.['source_capture'] as unknown as SourceCapture
}

/** Loads a run's file as a replay does, from the stored bytes. */
function loadKept(run: Run, path: string, capture: SourceCapture) {
  const target = { kind: 'file', path, symbol: 'Probe' } as const
  const context = {
    step: 0,
    channel: 'recipe',
    log: () => {},
    total: null,
    controls: [],
    isCatchingUp: false,
    submit: () => null,
  } as const
  const op = { module: 'cb', op: 'load', id: 'probe', params: null, target, source_capture: capture }
  return run.module.applyOp?.(op, context)
}

/** A callback file that appends `word` to a global list of that name at each event. */
function probe(list: string, head: string, word: string): string {
  return `${head}\nexport class Probe { handle() { globalThis.${list}.push(${word}) } }`
}

const WAYS: Readonly<Record<string, string>> = {
  'createRequire under its own name': `
    import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url)
    const helper = require('./helper.cjs')`,
  'createRequire under another name': `
    import { createRequire as from } from 'module'
    const load = from(import.meta.filename)
    const helper = load('./helper.cjs')`,
  'createRequire of the whole module': `
    import * as all from 'node:module'
    const helper = all.createRequire(import.meta.url)('./helper')`,
  'createRequire of the default export': `
    import Module from 'node:module'
    const make = Module.createRequire
    const here = import.meta.url
    const helper = make(here)(\`./helper.cjs\`)`,
  'createRequire destructured from a required module': `
    import { createRequire } from 'node:module'
    const { createRequire: again } = createRequire(import.meta.url)('node:module')
    const helper = again(import.meta.dirname + '/')('./hel' + 'per.cjs')`,
  'createRequire in a field': `
    import { createRequire } from 'node:module'
    class Loads { req = createRequire(import.meta.url); get() { return this.req('./helper.cjs') } }
    const helper = new Loads().get()`,
  'the require of the module': `
    const helper = module.require('./helper.cjs')`,
  'createRequire that is imported late': `
    const helper = { get word() { return late.word } }
    let late = { word: 'one' }
    export async function never() {
      const { createRequire } = await import('node:module')
      late = createRequire(import.meta.url)('./helper.cjs')
    }
    late = require('./helper.cjs')`,
  'export from': `
    import { helper } from './through.mjs'`,
}

test('code reached by createRequire or export-from is hashed, captured and replayed', () => {
  const seen = recorded('seenWays')
  for (const [way, head] of Object.entries(WAYS)) {
    const run = openRun()
    const path = run.write('probe.mjs', probe('seenWays', head, 'helper.word'))
    run.write('helper.cjs', `exports.word = require('./deep/word.json').word`)
    run.write('deep/word.json', '\ufeff{"word": "one"}')
    run.write('through.mjs', `export { default as helper } from './helper.cjs'`)
    run.load('probe', path, 'Probe')
    run.step(0)
    const capture = captureOf(run)
    expect(run.last()?.error, way).toBe(null)
    run.write('deep/word.json', '{"word": "two"}')
    expect(loadKept(run, path, capture), way).toMatchObject({ ok: true, payload: { source_capture: capture } })
    run.step(1)
    run.load('probe', path, 'Probe')
    run.step(2)
    expect(captureOf(run).sha256, way).not.toBe(capture.sha256)
    expect(seen.splice(0), way).toEqual(['one', 'one', 'two'])
    run.close()
  }
})

test('with `watchMs` an edit to a file reached by createRequire is reloaded', () => {
  const seen = recorded('seenRequired')
  const run = openRun({ callbacks: { watchMs: 1e-9 } })
  run.write('helper.cjs', 'module.exports = "one"')
  const head = `import { createRequire } from 'node:module'\nconst word = createRequire(import.meta.url)('./helper.cjs')`
  run.load('probe', run.write('probe.mjs', probe('seenRequired', head, 'word')), 'Probe')
  for (let step = 0; step < 3; step++) run.step(step)
  run.write('helper.cjs', 'module.exports = "two"')
  for (let step = 3; step < 7; step++) run.step(step)
  expect([seen[0], seen.at(-1)]).toEqual(['one', 'two'])
})

test('with `watchMs` a link that is changed to point to another file is reloaded', () => {
  const seen = recorded('seenLinked')
  const run = openRun({ callbacks: { watchMs: 1e-9 } })
  for (const word of ['one', 'two']) run.write(`real/${word}.mjs`, probe('seenLinked', '', `'${word}'`))
  const link = join(run.dir, 'probe.mjs')
  symlinkSync('real/one.mjs', link)
  run.load('probe', link, 'Probe')
  for (let step = 0; step < 3; step++) run.step(step)
  symlinkSync('real/two.mjs', `${link}.new`)
  renameSync(`${link}.new`, link)
  for (let step = 3; step < 7; step++) run.step(step)
  expect([seen[0], seen.at(-1)]).toEqual(['one', 'two'])
})

test('code that cannot be captured is refused at load, in one line with the file, the line and what would be right', () => {
  const run = openRun()
  run.write('load.mjs', 'export const [load, a, b] = [String, 1, 2]')
  run.write('a.js', '')
  for (const [index, [what, source, line, reason]] of REFUSED.entries()) {
    run.write('probe.mjs', `${source}\nexport class Probe { handle() {} }`)
    run.load(`probe${index}`, 'probe.mjs', 'Probe')
    run.step(index)
    const { decision, error } = run.last() ?? {}
    expect.soft(decision, what).toBe('failed')
    expect.soft(error, what).toContain(reason)
    expect.soft(error, what).toMatch(new RegExp(`probe\\.mjs\` line ${line}\\b|line ${line} of \`.*probe\\.mjs\``))
    expect.soft(error, what).not.toContain('\n')
  }
})

test('a relative import that cannot be captured is refused with the line that imports it', () => {
  const run = openRun()
  const outside = temporaryFolder()
  writeFileSync(join(outside, 'far.mjs'), 'export const far = 1')
  run.write('lib/real.mjs', 'export const real = 1')
  run.write('module.wasm', '')
  run.write('bad.json', '{"a": }')
  symlinkSync('lib/real.mjs', join(run.dir, 'link.mjs'))
  symlinkSync('lib', join(run.dir, 'linked'))
  symlinkSync(join(outside, 'far.mjs'), join(run.dir, 'far.mjs'))
  const cases = [
    [
      './link.mjs',
      /^line 2 of `.*probe\.mjs` imports `\.\/link\.mjs`, a link to `.*lib\/real\.mjs`: import that file by its own path/,
    ],
    ['./linked/real.mjs', /^line 2 of `.*` imports `\.\/linked\/real\.mjs`, a link to `.*lib\/real\.mjs`: /],
    ['./far.mjs', /^line 2 of `.*` imports `\.\/far\.mjs`, a link to `.*far\.mjs`: /],
    ['./module.wasm', /^line 2 of `.*` imports `\.\/module\.wasm`: `.*module\.wasm` is not one of \.ts /],
    ['./nowhere', /^line 2 of `.*` imports `\.\/nowhere`, which does not exist$/],
    ['./bad.json', /^`.*bad\.json`: .*JSON/],
  ] as const
  for (const [step, [specifier, error]] of cases.entries()) {
    run.write('probe.mjs', `import 'node:fs'\nimport '${specifier}'\nexport class Probe { handle() {} }`)
    run.load('probe', 'probe.mjs', 'Probe')
    run.step(step)
    expect.soft(run.last()?.error, specifier).toMatch(error)
  }
})

test('code that reads no file next to the source is not refused', () => {
  const seen = recorded('seenAlone')
  const run = openRun()
  mkdirSync(join(run.dir, 'node_modules/pkg'), { recursive: true })
  run.write('node_modules/pkg/package.json', '{"name": "pkg", "main": "index.cjs"}')
  run.write('node_modules/pkg/index.cjs', 'exports.word = "pkg"')
  const source = `
    import { createRequire } from 'node:module'
    import { existsSync, mkdirSync, openSync, closeSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
    import { basename, dirname, join } from 'node:path'
    import { fileURLToPath } from 'node:url'
    import { Worker as Thread } from 'node:worker_threads'
    import { execFileSync, spawnSync } from 'node:child_process'
    import assert from 'node:assert'
    class Worker { constructor(path) { this.path = path } fork(path) { return path } }
    const require = createRequire(import.meta.url)
    const here = dirname(fileURLToPath(import.meta.url))
    const name = basename(import.meta.filename, '.mjs')
    const read = (here) => readFileSync(here, 'utf8')
    writeFileSync(join(here, 'own.txt'), 'own')
    writeFileSync(new URL('./own2.txt', import.meta.url), 'own')
    mkdirSync(fileURLToPath(new URL('sub/', import.meta.url)), { recursive: true })
    closeSync(openSync(join(here, 'own3.txt'), 'a'))
    assert(existsSync(new URL('./own2.txt', import.meta.url)) && readdirSync(here).includes('own.txt'))
    const thread = () => new Thread('1', { eval: true }) && new Thread(require.resolve('pkg'))
    export class Probe {
      async handle(event, env) {
        const { default: os } = await import('node:os')
        const own = new Worker(new URL('https://example.com/x'))
        globalThis.seenAlone.push([
          require('pkg').word, basename(require.resolve('pkg')), typeof os.cpus, name, own.fork('a'),
          typeof process.getBuiltinModule('fs').readFileSync, require('node:module').isBuiltin('fs'),
          read(join(env.runDir, 'hotcb.applied.jsonl')).length > 0,
          basename(import.meta.resolve('pkg')), import.meta.resolve('node:fs'),
          execFileSync('echo', ['x'], { encoding: 'utf8' }).trim(), spawnSync('true').status,
          (await import('pkg')).word,
        ].join(' '))
      }
    }`
  run.load('probe', run.write('probe.mjs', source), 'Probe')
  run.step(0)
  expect(run.last()?.error).toBe(null)
  return expect
    .poll(() => seen)
    .toEqual(['pkg index.cjs function probe a function true true index.cjs node:fs x 0 pkg'])
})

test('access to a file that can only be detected at run time is refused then, in one line', () => {
  const run = openRun()
  run.write('a.cjs', 'exports.a = 1')
  const cases = [
    [
      'const call = (make) => make(import.meta.url)\ncall(createRequire)("./a" + String(".cjs"))',
      /`require` of a computed name|is required from|may only require `\.\/a\.cjs` by a literal path/,
    ],
    [
      '[createRequire].map((make) => make(import.meta.url))[0]("./a.cjs")',
      /may only require `\.\/a\.cjs` by a literal path$/,
    ],
    [
      '[createRequire].map((make) => make("/tmp/x.js"))[0]("./a.cjs")',
      /`\.\/a\.cjs` is required from `\/tmp\/x\.js`: a file can only be required from its own folder, by a literal path$/,
    ],
    [
      '[createRequire].map((make) => make(import.meta.url))[0](import.meta.dirname + "/a.cjs")',
      /is imported by its absolute path/,
    ],
    ['eval("require(\'./a.cjs\')")', /may only require `\.\/a\.cjs` by a literal path$/],
  ] as const
  for (const [step, [code, error]] of cases.entries()) {
    run.write('probe.mjs', `import { createRequire } from 'node:module'\n${code}\nexport class Probe { handle() {} }`)
    run.load('probe', 'probe.mjs', 'Probe')
    run.step(step)
    expect.soft(run.last()?.error, code).toMatch(error)
    expect.soft(run.last()?.error, code).not.toContain('\n')
  }
})

test('cyclic imports, self-imports and imports without extensions are captured and replayed', () => {
  const seen = recorded('seenCycle')
  const run = openRun()
  run.write(
    'cb/probe.ts',
    probe(
      'seenCycle',
      `import { even } from '../lib'\nimport * as self from './probe'\nexport const name: string = 'probe'`,
      `even(4) + ' ' + self.name + ' ' + import.meta.filename.endsWith('/cb/probe.ts')`,
    ),
  )
  run.write('lib/index.ts', `export * from './even'`)
  run.write(
    'lib/even.mts',
    `import { odd } from './odd.mjs'\nexport function even(n: number): boolean { return n === 0 || odd(n - 1) }`,
  )
  run.write(
    'lib/odd.mts',
    `import { even } from './even'\nexport function odd(n: number): boolean { return n !== 0 && even(n - 1) }`,
  )
  run.load('probe', 'cb/probe.ts', 'Probe')
  run.step(0)
  const capture = captureOf(run)
  for (const folder of ['cb', 'lib']) rmSync(join(run.dir, folder), { recursive: true })
  expect(loadKept(run, 'cb/probe.ts', capture)).toMatchObject({ ok: true })
  run.step(1)
  expect(seen).toEqual(['true probe true', 'true probe true'])
})
