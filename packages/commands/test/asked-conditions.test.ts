import { expect, test } from 'vitest'
import {
  CommandError,
  eventNote,
  isCommandError,
  pastEndError,
  pastEndText,
  pastStepError,
  refusal,
  unknownExpected,
  usageError,
} from '../src/index.ts'
import { CONTROLS, control } from './facts.ts'

test('an error in a line has a code and a message, and may have a hint and details', () => {
  const wrong = usageError('no such key', 'try another', { kind: 'unknown', facts: { key: 'a' } })
  expect(wrong).toBeInstanceOf(CommandError)
  expect({ ...wrong, message: wrong.message }).toEqual({
    name: 'CommandError',
    code: 'usage',
    message: 'no such key',
    hint: 'try another',
    details: { kind: 'unknown', facts: { key: 'a' } },
  })
  expect({ ...refusal('not now') }).toMatchObject({ code: 'refused', hint: undefined, details: {} })
  expect([wrong, refusal('a'), new Error('a'), { name: 'CommandError' }, null].map(isCommandError)).toEqual([
    ...[true, true, false, false, false],
  ])
})

test('a step that the trainer has passed is refused, with the flag that sends it anyway', () => {
  const at = { at: { step: 9 } }
  expect(pastStepError(at, 10)).toMatchObject({
    code: 'usage',
    message: 'step 9 of `--at` has passed: the trainer is at step 10',
    hint: 'use `--late` to send it anyway: it is then applied at the next safe point',
    details: { facts: { step: 9, trainer_step: 10 } },
  })
  expect([pastStepError(at, 9), pastStepError(at, null), pastStepError({}, 10)]).toEqual([
    ...[undefined, undefined, undefined],
  ])
})

test('a step that the run will not reach is refused, with the flag that sends it anyway', () => {
  const at = { at: { step: 9 } }
  expect(pastEndError(at, 9)).toMatchObject({
    code: 'usage',
    message: 'step 9 of `--at` is past the end: the run ends after step 8',
    hint: 'use `--late` to send it anyway: it then waits until the run is trained for longer',
    details: { facts: { step: 9, max_steps: 9 } },
  })
  expect([pastEndError(at, 10), pastEndError(at, null), pastEndError({}, 5)]).toEqual([
    ...[undefined, undefined, undefined],
  ])
  expect(pastEndText(400)).toBe('past the end: the run ends after step 399')
})

test('an event with nearly the name of a known one results in a note', () => {
  const note = (event: string, seen: readonly string[] = []) => eventNote({ at: { step: 1, event } }, seen)
  expect(note('val_ned')).toMatch(/^no event `val_ned` is known here: did you mean `val_end`/)
  expect(note('my_evnt', ['my_event'])).toBe('no event `my_evnt` is known here: did you mean `my_event`?')
  expect([note('val_end'), note('my_event', ['my_event']), note('quite_another_thing')]).toEqual([
    ...[undefined, undefined, undefined],
  ])
  for (const usual of ['train_step_end', 'train_epoch_end', 'val_step_end', 'val_epoch_end', 'epoch_end', 'eval_end']) {
    expect(note(usual)).toBeUndefined()
  }
  expect([eventNote({}, []), eventNote({ at: { step: 1, event: null } }, [])]).toEqual([undefined, undefined])
})

test('a condition on something that is not a control is refused once controls are described', () => {
  expect(unknownExpected({ expect: { lr: 1, lx: 2 } }, CONTROLS)).toMatchObject({
    code: 'usage',
    message: '`--expect` names `lx`, which is not a control of this run: did you mean `lr`?',
  })
  expect(unknownExpected({ expect: { qqqqqq: 2 } }, [control('a'), control('b')])).toMatchObject({
    message: '`--expect` names `qqqqqq`, which is not a control of this run: choose from a, b',
  })
  expect(unknownExpected({ expect: { lr: 1 } }, CONTROLS)).toBeUndefined()
  expect(unknownExpected({ expect: { lx: 1 } }, [])).toBeUndefined()
  expect(unknownExpected({}, CONTROLS)).toBeUndefined()
})
