import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRun, recorded, recorder } from './support.ts'

test('code that cannot be loaded fails in one line, and the previous code keeps running', () => {
  const seen = recorded('seenOld')
  const run = openRun()
  run.load('probe', run.write('probe.mjs', recorder('seenOld')), 'Recorder')
  run.step(0)
  const cases: readonly (readonly [name: string, source: string, symbol: string, error: RegExp])[] = [
    ['syntax.ts', 'export const a: number = 1\nexport class { }', 'A', /syntax\.ts` line 2, column \d+: /],
    [
      'await.mjs',
      'const x = 1\nawait Promise.resolve()\nexport class A {}',
      'A',
      /await\.mjs` line 2: top-level `await` is not allowed/,
    ],
    [
      'missing.mjs',
      'import "./nowhere.mjs"\nexport class A {}',
      'A',
      /missing\.mjs` imports `\.\/nowhere\.mjs`, which does not exist$/,
    ],
    [
      'package.mjs',
      'import "no-such-package-here"\nexport class A {}',
      'A',
      /package `no-such-package-here` was not found from /,
    ],
    [
      'dynamic.mjs',
      'export class A { handle() { return import("./x.mjs") } }',
      'A',
      /line 1: dynamic import of `\.\/x\.mjs` is not allowed/,
    ],
    ['symbol.mjs', 'export class Prove {}', 'Probe', /symbol\.mjs` does not export `Probe`: did you mean `Prove`\?$/],
    ['top.mjs', 'throw new Error("at the top")', 'A', /top\.mjs`: Error: at the top$/],
    [
      'make.mjs',
      'export class A { constructor() { throw new Error("in the making") } handle() {} }',
      'A',
      /Error: in the making$/,
    ],
    ['none.mjs', 'export class A {}', 'A', /`A` must return an object with `handle`, got an object without it$/],
    ['async.mjs', 'export async function make() { return { handle() {} } }', 'make', /is an async factory/],
    [
      'old.py',
      'class A: pass',
      'A',
      /is Python, which this kernel cannot run: write the callback in JavaScript or TypeScript/,
    ],
    ['data.txt', 'nothing', 'A', /is not one of \.ts \.mts \.cts \.js \.mjs \.cjs \.json/],
  ]
  for (const [name, source, symbol] of cases) run.load('probe', run.write(name, source), symbol)
  run.load('probe', join(run.dir, 'not-there.mjs'), 'A')
  run.load('probe', '', 'A')
  run.command('load', 'probe', { params: { path: 'x.mjs' } })
  run.step(1)
  const failed = run.ledger().slice(1)
  for (const [index, [name, , , error]] of cases.entries()) {
    expect
      .soft(failed[index], name)
      .toMatchObject({ op: 'load', decision: 'failed', error: expect.stringMatching(error) })
    expect.soft(failed[index]?.error, name).not.toContain('\n')
  }
  expect(failed[cases.length]?.error).toMatch(/not-there\.mjs` does not exist/)
  expect(failed[cases.length + 2]?.error).toMatch(/`target` must be \{kind: file\|module, path, symbol\}, got /)
  expect(failed.every((line) => line.decision === 'failed')).toBe(true)
  expect(seen).toEqual(['v1 train_step_end 0', 'v1 train_step_end 1'])
})

test('files outside the allowed roots are refused, and the error names the option', () => {
  const elsewhere = openRun()
  const path = elsewhere.write('probe.mjs', recorder('none'))
  const run = openRun()
  run.load('probe', path, 'Recorder')
  run.write(
    'inside.mjs',
    `export { Recorder } from ${JSON.stringify(join('..', elsewhere.dir.split('/').at(-1) ?? '', 'probe.mjs'))}`,
  )
  run.load('probe', 'inside.mjs', 'Recorder')
  run.step(0)
  for (const line of run.ledger()) {
    expect(line.decision).toBe('failed')
    expect(line.error).toMatch(
      /is outside the allowed roots .*: move it there, or add its folder to the trainer's option `allowedRoots` \(Python: `allowed_roots`\)$/,
    )
  }
  const open = openRun({ callbacks: { allowedRoots: [elsewhere.dir] } })
  open.load('probe', path, 'Recorder', { enabled: false })
  open.step(0)
  expect(open.last()?.decision).toBe('applied')
})

test('a folder is refused in one line', () => {
  const run = openRun()
  run.write('folder/inside.mjs', 'export class A { handle() {} }')
  run.load('folder', 'folder', 'A')
  run.step(0)
  expect(run.last()).toMatchObject({
    decision: 'failed',
    error: `\`${join(run.dir, 'folder')}\` is a folder: give the path of a file in it`,
  })
})
