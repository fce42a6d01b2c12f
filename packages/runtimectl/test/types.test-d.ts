// Checked by `npm run types`; nothing here runs.
import { expectTypeOf, test } from 'vitest'
import type { StandardSchema } from '../src/index.ts'
import { openControls } from '../src/node.ts'

interface Trainer {
  lr: number
}

declare const rate: StandardSchema<number>

test('a control receives the context of its controls', () => {
  const controls = openControls<Trainer>({ dir: 'runs/x' })
  controls.register('lr', (trainer, value) => {
    expectTypeOf(trainer).toEqualTypeOf<Trainer>()
    trainer.lr = Number(value)
  })
  controls.pollAndApply({ ctx: { lr: 1 } })
  // @ts-expect-error a context with a different type
  controls.pollAndApply({ ctx: { rate: 1 } })
})

test('the value of a control has the type that its schema, or its `validate`, returns', () => {
  const controls = openControls<Trainer>({ dir: 'runs/x' })
  controls.register('lr', (_, value) => expectTypeOf(value).toEqualTypeOf<number>(), { schema: rate })
  const validate = (value: unknown): string => String(value)
  controls.register('note', (_, value: string) => expectTypeOf(value).toEqualTypeOf<string>(), { validate })
  // @ts-expect-error `validate` returns a string
  controls.register('count', (_, value: number) => value + 1, { validate })
})
