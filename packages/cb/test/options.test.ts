import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCallbackModule } from '../src/index.ts'
import { createNodeGuard, HotController, openCallbacks, openFileLoader } from '../src/node.ts'
import { temporaryFolder } from './support.ts'

test.each<[string, (options: object) => unknown, string]>([
  ['openCallbacks', (options) => openCallbacks(options), 'maxErorrs'],
  ['createCallbackModule', (options) => createCallbackModule({} as never, options), 'maxErorrs'],
  ['HotController', (options) => new HotController(options), 'maxErorrs'],
])('`%s` refuses an option that does not exist, and suggests the nearest one', (name, make, key) => {
  expect(() => make({ [key]: 3 })).toThrow(
    new TypeError(`\`${name}\` has no option \`${key}\`: did you mean \`maxErrors\`?`),
  )
  expect(() => make([])).toThrow(`the options of \`${name}\` must be an object, got a list of 0`)
})

test('the file loader and the guard also refuse unknown options', () => {
  expect(() => createNodeGuard({ slowMs: 0, log: null } as never)).toThrow('has no option `log`: ')
  expect(() => openFileLoader({ runDir: '.', roots: [] } as never)).toThrow('has no option `roots`: choose from')
})

test('a controller refuses an invalid first call, and logs a later one', () => {
  const runDir = temporaryFolder()
  const controller = new HotController({ runDir })
  expect(() => controller.apply({} as never)).toThrow('`apply` must be given the step just trained')
  expect(() => controller.apply({ step: 0 }, 'train_step_end' as never)).toThrow('must be a list of names')
  controller.apply({ step: 0 })
  controller.apply({ step: Number.NaN })
  controller.apply({ step: Number.NaN })
  controller.close()
  const notes = readFileSync(join(runDir, 'hotcb.log'), 'utf8').trimEnd().split('\n')
  expect(notes).toEqual([
    expect.stringContaining('the step of `apply` must be a whole number >= 0, got NaN; such a call'),
  ])
})
