import { expect, test } from 'vitest'
import { enqueue, openControls } from '../src/node.ts'
import { temporaryFolder } from './queue.ts'

test('a controller refuses options that do not exist, and suggests the nearest one', () => {
  expect(() => openControls({ budgetms: 5 } as never)).toThrow(
    new TypeError('`openControls` has no option `budgetms`: did you mean `budgetMs`?'),
  )
  const controls = openControls()
  expect(() => controls.register('lr', () => undefined, { valdiate: Number } as never)).toThrow(
    '`register` has no option `valdiate`: did you mean `validate`?',
  )
  expect(() => controls.module({ context: {} } as never)).toThrow('`module` has no option `context`: choose from ctx')
  expect(() => enqueue(temporaryFolder(), 'lr', { arg: [1] } as never)).toThrow(
    '`enqueue` has no option `arg`: did you mean `args`?',
  )
})

test('the first poll refuses an option that does not exist, and later polls do not throw for this reason', () => {
  const controls = openControls({ dir: temporaryFolder() })
  expect(() => controls.pollAndApply({ evry: 5 } as never)).toThrow(
    '`pollAndApply` has no option `evry`: did you mean `every`?',
  )
  controls.pollAndApply({ every: 5 })
  controls.pollAndApply({ evry: 5 } as never)
  controls.close()
})
