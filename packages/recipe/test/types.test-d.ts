// Checked by `npm run types`; nothing here runs.
import { expectTypeOf, test } from 'vitest'
import { type Agenda, createAgenda } from '../src/index.ts'

test('an agenda keeps the type of its items, and a due entry has a boolean `late`', () => {
  const agenda = createAgenda([{ step: 3, call: null, event: null, item: 'save' as const }])
  expectTypeOf(agenda).toEqualTypeOf<Agenda<'save'>>()
  const [due] = agenda.take(3, 0, [])
  expectTypeOf(due?.item).toEqualTypeOf<'save' | undefined>()
  expectTypeOf(due?.late).toEqualTypeOf<boolean | undefined>()
  // @ts-expect-error an item with a different type
  agenda.add({ step: 4, call: null, event: null, item: 'load' })
})
