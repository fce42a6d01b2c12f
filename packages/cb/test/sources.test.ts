import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModuleContext, Op, Outcome, SourceCapture } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { openRun, type Run, recorded, recorder, temporaryFolder } from './support.ts'

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Applies an op as a recipe player does. */
function replay(run: Run, op: Partial<Op>, channel: ModuleContext['channel'] = 'recipe'): Outcome | undefined {
  const context: ModuleContext = {
    step: 0,
    channel,
    log: () => {},
    total: null,
    controls: [],
    isCatchingUp: false,
    submit: () => null,
  }
  return run.module.applyOp?.({ module: 'cb', op: 'load', id: 'probe', params: null, ...op }, context)
}

function captureOf(run: Run): SourceCapture {
  const line = run.last()
  return line?.payload?.['source_capture'] as unknown as SourceCapture
}

test('a file that is edited five times runs, at each step, the code with the hash in the ledger', () => {
  const seen = recorded('seenEdits')
  const run = openRun()
  const path = join(run.dir, 'probe.ts')
  for (let version = 1; version <= 5; version++) {
    writeFileSync(path, recorder('seenEdits', version))
    run.load('probe', path, 'Recorder')
    run.step(version * 10)
    run.step(version * 10 + 1)
  }
  const ran = seen.filter((line) => !line.startsWith('closed'))
  const lines = run.ledger()
  expect(lines.map((line) => (line.payload?.['source_capture'] as { sha256?: string })?.sha256)).toEqual(
    [1, 2, 3, 4, 5].map((version) => sha256(recorder('seenEdits', version))),
  )
  for (const [i, line] of lines.entries()) {
    const capture = line.payload?.['source_capture'] as unknown as SourceCapture
    const kept = readFileSync(join(run.dir, capture.captured_path), 'utf8')
    expect(kept).toBe(recorder('seenEdits', i + 1))
    expect(ran.slice(2 * i, 2 * i + 2)).toEqual([
      `v${i + 1} train_step_end ${line.step}`,
      `v${i + 1} train_step_end ${Number(line.step) + 1}`,
    ])
  }
})

test('files that change while they are being loaded are stored as read, and the stored bytes run', () => {
  const seen = recorded('seenRace')
  const run = openRun()
  // The first import rewrites all of them, before the second is evaluated.
  const sources = {
    'first.mjs': `
      import { readdirSync, writeFileSync } from 'node:fs'
      for (const name of readdirSync(import.meta.dirname)) writeFileSync(import.meta.dirname + '/' + name, 'export const edited = 1')`,
    'probe.mjs': `
      import './first.mjs'
      import { word } from './word.mjs'
      export class Probe { handle() { globalThis.seenRace.push(word) } }`,
    'word.mjs': 'export const word = "as read"',
  }
  for (const [name, text] of Object.entries(sources)) run.write(`race/${name}`, text)
  run.load('probe', 'race/probe.mjs', 'Probe')
  run.step(0)
  expect(seen).toEqual(['as read'])
  const { sha256: hash } = captureOf(run)
  for (const [name, text] of Object.entries(sources)) {
    expect(readFileSync(join(run.dir, 'hotcb.sources', hash, name), 'utf8'), name).toBe(text)
    expect(readFileSync(join(run.dir, 'race', name), 'utf8'), name).toBe('export const edited = 1')
  }
  const list = Object.entries(sources).map(([name, text]) => `${name}\0${sha256(text)}\n`)
  expect(hash).toBe(sha256(list.join('')))
})

test('with `watchMs` a file that is still being written is not loaded until it stays unchanged', () => {
  const seen = recorded('seenHalf')
  const run = openRun({ callbacks: { watchMs: 1e-9 } })
  const whole = recorder('seenHalf', 2)
  run.load('probe', run.write('probe.mjs', recorder('seenHalf', 1)), 'Recorder')
  for (let step = 0; step < 3; step++) run.step(step)
  // The file is longer at each check.
  for (let step = 3; step < 8; step++) {
    run.write('probe.mjs', `${whole.slice(0, 40 * step)}`)
    run.step(step)
  }
  run.write('probe.mjs', whole)
  for (let step = 8; step < 12; step++) run.step(step)
  expect(run.ledger().map(({ op, decision }) => `${op} ${decision}`)).toEqual(['load applied', 'load applied'])
  expect(seen.at(-1)).toBe('v2 train_step_end 11')
})

test('with `watchMs` an edit is loaded automatically, once, and a broken one leaves the old code running', () => {
  const seen = recorded('seenWatch')
  const run = openRun({ callbacks: { watchMs: 1e-9 } })
  run.load('probe', run.write('probe.mjs', recorder('seenWatch', 1)), 'Recorder', { init: { every: 1 } })
  let step = 0
  const steps = (count: number): void => {
    for (let i = 0; i < count; i++) run.step(step++)
  }
  steps(4)
  run.write('probe.mjs', 'export class Recorder {')
  steps(5)
  run.write('probe.mjs', recorder('seenWatch', 2))
  steps(5)
  expect(run.ledger().map(({ op, decision, source, notes }) => ({ op, decision, source, notes }))).toEqual([
    { op: 'load', decision: 'applied', source: 'external', notes: null },
    { op: 'load', decision: 'failed', source: 'cb', notes: expect.stringContaining('changed') },
    { op: 'load', decision: 'applied', source: 'cb', notes: expect.stringContaining('changed') },
  ])
  expect(seen.at(-1)).toBe('v2 train_step_end 13')
  expect(run.status('probe')).toMatchObject({ init: { every: 1 }, sha256: sha256(recorder('seenWatch', 2)) })
})

test('with `watchMs` a failed callback runs again with its new code, and one that a command disabled does not', () => {
  const seen = recorded('seenChance')
  const run = openRun({ callbacks: { watchMs: 1e-9 } })
  run.write('bad.mjs', 'export class Recorder { handle() { throw new Error("boom") } }')
  run.load('failed', 'bad.mjs', 'Recorder')
  run.load('off', 'bad.mjs', 'Recorder', { enabled: false })
  for (let step = 0; step < 4; step++) run.step(step)
  expect(run.status('failed')).toMatchObject({ enabled: false, errors: 1 })
  run.write('bad.mjs', recorder('seenChance', 2))
  for (let step = 4; step < 9; step++) run.step(step)
  expect(run.status('failed')).toMatchObject({ enabled: true, reason: null, errors: 0 })
  expect(run.status('off')).toMatchObject({ enabled: false, sha256: sha256(recorder('seenChance', 2)) })
  expect(seen.at(-1)).toBe('v2 train_step_end 8')
})

test('with `watchMs` a restarted run reloads when the originals, or their imports, are edited', () => {
  const seen = recorded('seenRestarted')
  const dir = temporaryFolder()
  const first = openRun({ dir })
  const text = `import { word } from '../lib/word.mjs'
    export class Says { handle(event, env) { globalThis.seenRestarted.push(env.step + word) } }`
  first.write('lib/word.mjs', 'export const word = " one"')
  first.write('cb/says.mjs', text)
  first.load('says', 'cb/says.mjs', 'Says')
  first.step(0)
  first.close()
  const second = openRun({ dir, callbacks: { watchMs: 1e-9 } })
  second.kernel.continueFrom({ step: 1 })
  for (let step = 1; step < 5; step++) second.step(step)
  expect(seen.splice(0)).toEqual(['0 one', '1 one', '2 one', '3 one', '4 one'])
  second.write('lib/word.mjs', 'export const word = " two"')
  for (let step = 5; step < 9; step++) second.step(step)
  expect(seen.at(-1)).toBe('8 two')
})

test('relative imports are hashed with the file and kept as a folder', () => {
  const seen = recorded('seenFolder')
  const run = openRun()
  run.write(
    'cb/probe.ts',
    `
    import { version } from '../lib/version.js'
    import type { Nothing } from './nothing.ts'
    import data from './data.json' with { type: 'json' }
    export class Probe { handle(event: string, env: { step: number }) { globalThis.seenFolder.push(version + data.word) } }`,
  )
  run.write('lib/version.ts', `export { version } from './deep/index.ts'`)
  run.write('lib/deep/index.ts', `export const version: string = 'one '`)
  run.write('cb/data.json', '{"word": "kept"}')
  run.load('probe', 'cb/probe.ts', 'Probe')
  run.step(0)
  expect(seen).toEqual(['one kept'])
  const names = ['cb/data.json', 'cb/probe.ts', 'lib/deep/index.ts', 'lib/version.ts']
  const list = names.map((name) => `${name}\0${sha256(readFileSync(join(run.dir, name), 'utf8'))}\n`).join('')
  const capture = captureOf(run)
  expect(capture).toEqual({ sha256: sha256(list), captured_path: `hotcb.sources/${sha256(list)}/cb/probe.ts` })
  for (const name of names) {
    const kept = join(run.dir, 'hotcb.sources', capture.sha256, name)
    expect(readFileSync(kept, 'utf8')).toBe(readFileSync(join(run.dir, name), 'utf8'))
  }

  run.write('lib/deep/index.ts', `export const version: string = 'two '`)
  const again = replay(run, { target: { kind: 'file', path: 'cb/probe.ts', symbol: 'Probe' }, source_capture: capture })
  expect(again).toMatchObject({ ok: true, payload: { source_capture: capture } })
  run.step(1)
  expect(seen).toEqual(['one kept', 'one kept'])
})

test('a replay refuses captured bytes with a different hash, and reports both hashes', () => {
  recorded('seenRefused')
  const run = openRun()
  const path = run.write('probe.mjs', recorder('seenRefused'))
  run.load('probe', path, 'Recorder')
  run.step(0)
  const capture = captureOf(run)
  const edited = `${recorder('seenRefused')}// edited`
  writeFileSync(join(run.dir, capture.captured_path), edited)
  const target = { kind: 'file', path, symbol: 'Recorder' } as const
  expect(replay(run, { target, source_capture: capture })).toMatchObject({
    ok: false,
    error: expect.stringContaining(`captured source ${capture.sha256} is refused: `),
  })
  expect(replay(run, { target, source_capture: capture }, 'history')).toMatchObject({
    ok: false,
    error: expect.stringContaining(`has sha256 ${sha256(edited)}`),
  })
  expect(
    replay(run, { target, source_capture: { sha256: 'a'.repeat(64), captured_path: 'hotcb.sources/none.mjs' } }),
  ).toEqual({
    ok: false,
    error: `captured source ${'a'.repeat(64)} does not exist: looked for \`hotcb.sources/none.mjs\``,
    traceback: null,
    notes: null,
  })
  // Loading the file itself repairs the store.
  run.load('probe', path, 'Recorder')
  run.step(1)
  expect(readFileSync(join(run.dir, capture.captured_path), 'utf8')).toBe(recorder('seenRefused'))
})

test('another run finds the captured bytes next to the recipe, and stores them itself', () => {
  recorded('seenOther')
  const first = openRun()
  const path = first.write('probe.mjs', recorder('seenOther'))
  first.load('probe', path, 'Recorder')
  first.step(0)
  const capture = captureOf(first)
  const dir = temporaryFolder()
  writeFileSync(
    join(dir, 'hotcb.freeze.json'),
    JSON.stringify({ mode: 'off', recipe_path: join(first.dir, 'hotcb.recipe.jsonl') }),
  )
  const second = openRun({ dir })
  second.step(0)
  const target = { kind: 'file', path, symbol: 'Recorder' } as const
  expect(replay(second, { target, source_capture: capture })).toMatchObject({
    ok: true,
    payload: { source_capture: capture },
  })
  expect(existsSync(join(dir, capture.captured_path))).toBe(true)
})

test('packages are resolved from the file\u2019s original location, even when its captured copy runs', () => {
  const seen = recorded('seenPackage')
  const run = openRun()
  const home = join(run.dir, 'home')
  for (const [name, exported] of [
    ['esm-only', 'import'],
    ['plain-cjs', 'require'],
  ] as const) {
    const folder = join(home, 'node_modules', name)
    mkdirSync(folder, { recursive: true })
    const file = exported === 'import' ? 'index.mjs' : 'index.cjs'
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, exports: { '.': { [exported]: `./${file}` } } }))
    writeFileSync(join(folder, file), exported === 'import' ? `export default 'esm'` : `module.exports = 'cjs'`)
  }
  run.write(
    'home/probe.mjs',
    `
    import esm from 'esm-only'
    import cjs from 'plain-cjs'
    import { basename } from 'node:path'
    import { heartbeat } from '@hotcb/cb/callbacks'
    export class Probe { handle() {
      globalThis.seenPackage.push([esm, cjs, basename(import.meta.filename), basename(import.meta.dirname), typeof heartbeat].join(' '))
    } }`,
  )
  run.load('probe', 'home/probe.mjs', 'Probe')
  run.step(0)
  const again = replay(run, {
    target: { kind: 'file', path: 'home/probe.mjs', symbol: 'Probe' },
    source_capture: captureOf(run),
  })
  expect(again).toMatchObject({ ok: true })
  run.step(1)
  expect(seen).toEqual(['esm cjs probe.mjs home function', 'esm cjs probe.mjs home function'])
})

test('packages are loaded, and so are built-in callbacks, even by their names in hotcb 2 and 0.1', () => {
  const run = openRun()
  const target = { kind: 'module', path: '@hotcb/cb/callbacks', symbol: 'heartbeat' }
  run.command('load', 'beat', { target, init: { every: 1 } })
  const python = { kind: 'module', path: 'hotcb.modules.cb.callbacks.heartbeat', symbol: 'HeartbeatCallback' }
  run.command('load', 'old', { target: python, init: { every: 1, message: 'still here' } })
  const older = { kind: 'module', path: 'hotcb.callbacks.timing', symbol: 'TimingCallback' }
  run.command('load', 'older', { target: older, init: { every: 1 } })
  run.command('load', 'fs', { target: { kind: 'module', path: 'node:child_process', symbol: 'exec' } })
  run.command('load', 'wrong', { target, init: { evry: 1 } })
  run.step(4, { epoch: 2 })
  expect(run.ledger().map((line) => [line.id, line.decision, line.error, line.notes])).toEqual([
    ['beat', 'applied', null, null],
    ['old', 'applied', null, "Python's `HeartbeatCallback` is `heartbeat` of @hotcb/cb/callbacks"],
    ['older', 'applied', null, "Python's `TimingCallback` is `timing` of @hotcb/cb/callbacks"],
    ['fs', 'failed', '`node:child_process` is part of Node, not a package with callbacks', null],
    ['wrong', 'failed', expect.stringContaining('unknown parameter `evry`: did you mean `every`?'), null],
  ])
  expect(run.log()).toContain('[cb beat] alive event=train_step_end step=4 epoch=2\n')
  expect(run.log()).toContain('[cb old] still here event=train_step_end step=4 epoch=2\n')
})

test('a copied run directory finds its sources', () => {
  recorded('seenCopy')
  const first = openRun()
  first.load('probe', first.write('probe.mjs', recorder('seenCopy')), 'Recorder')
  first.step(0)
  first.close()
  const dir = join(temporaryFolder(), 'copy')
  cpSync(first.dir, dir, { recursive: true })
  const run = openRun({ dir })
  run.kernel.continueFrom({ step: 1 })
  expect(run.status('probe')).toMatchObject({ enabled: true, loaded: true })
})
