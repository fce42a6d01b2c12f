import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TrainingTarget } from '../src/index.ts'
import { programOf } from '../src/node/find-program.ts'
import { temporaryDirectory, training } from './live-run.ts'

const fn = (module: string): TrainingTarget => ({ kind: 'train-fn', module, fn: 'train' })

/** Creates a directory with these empty files. */
function files(...names: readonly string[]): string {
  const cwd = temporaryDirectory()
  for (const name of names) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), '')
  }
  return cwd
}

const foundIn = (cwd: string, module: string) => programOf(fn(module), cwd, {})[2]

test('an example and a command are run directly', () => {
  expect(programOf({ kind: 'command', argv: ['a', 'b'] }, '/')).toEqual(['a', 'b'])
  expect(programOf({ kind: 'config', name: 'x', training: training('true') }, '/')).toEqual(['sh', '-c', 'true'])
})

describe('a train function', () => {
  test.each(['m.ts', 'm.mts', 'm.js', 'm.mjs', 'm.cts', 'm.cjs'])('in %s is called by Node', (name) => {
    const cwd = files(name)
    const [node, program = '', file, called] = programOf(fn('m'), cwd, {})
    expect([node, basename(program), file, called]).toEqual([process.execPath, 'train-fn.js', join(cwd, name), 'train'])
    expect(foundIn(cwd, name)).toBe(join(cwd, name))
    expect(foundIn('/', join(cwd, name))).toBe(join(cwd, name))
  })

  test('in Python is called by the interpreter in `HOTCB_PYTHON`, or by the first one on PATH', () => {
    const cwd = files('m.py')
    const [python, program = '', file, called] = programOf(fn('m'), cwd, {})
    expect([python, basename(program), file, called]).toEqual(['python3', 'train_fn.py', join(cwd, 'm.py'), 'train'])
    const pythons = ['python3.12', '/opt/python', 'venv/bin/python'].map(
      (name) => programOf(fn('m'), cwd, { HOTCB_PYTHON: name })[0],
    )
    expect(pythons).toEqual(['python3.12', '/opt/python', resolve('venv/bin/python')])
  })

  test('is found first by its file name, then by file extensions in order, then as a Python package', () => {
    expect(foundIn(files('m', 'm.ts', 'm.js'), 'm')).toMatch(/\/m$/)
    expect(foundIn(files('m.py', 'm.js', 'm.ts'), 'm')).toMatch(/\/m\.ts$/)
    expect(foundIn(files('a/b/c.py'), 'a.b.c')).toMatch(/\/a\/b\/c\.py$/)
    expect(foundIn(files('a/b.ts'), './a/b')).toMatch(/\/a\/b\.ts$/)
  })

  test('may be in an installed package', () => {
    const cwd = files('node_modules/trains/index.mjs', 'node_modules/wasm/package.json')
    const manifest = { name: 'trains', type: 'module', exports: './index.mjs' }
    writeFileSync(join(cwd, 'node_modules/trains/package.json'), JSON.stringify(manifest))
    expect(foundIn(cwd, 'trains')).toBe(join(cwd, 'node_modules/trains/index.mjs'))
  })

  test.each(['m', './m', '../m', 'folder', 'node:fs', 'fs'])('in `%s`, which does not exist, is refused', (module) => {
    const cwd = files('folder/x.txt', 'n.ts')
    expect(() => programOf(fn(module), cwd, {})).toThrow(
      expect.objectContaining({
        code: 'bad-option',
        message: expect.stringContaining(`cannot find the module \`${module}\`: it must be`),
      }),
    )
  })
})
