import type { ControlDescription, ModuleContext } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { createCourse } from '../src/course.ts'
import { EMPTY_STORY } from '../src/story.ts'
import { compareTwin, createTwinDesk } from '../src/twin.ts'
import { readTwin } from '../src/twin-request.ts'
import { applied } from './view.ts'

const LR: ControlDescription = {
  ...{ param_key: 'lr', type: 'log_float', label: 'lr', group: 'optimizer', min: 0, max: 10, step: null, log_base: 10 },
  ...{ choices: null, current: 0.1, state: 'enabled' as ControlDescription['state'] },
}

describe('the same steps without a change', () => {
  function courseOf(sign: 1 | -1 = 1) {
    const course = createCourse()
    course.turn(sign)
    for (let step = 9; step < 100; step += 10) {
      course.see(step, { objective: 1 + step / 100, train: 1, isValidation: true }, { kind: 'validation', every: 1 })
    }
    return course
  }
  const steps = (value: (step: number) => unknown, from = 80, to = 100) =>
    Array.from({ length: to - from }, (_, i) => ({ step: from + i, metrics: { loss: value(from + i) } }))
  const change = applied(79, { baseline: { scale: null, u0: 0, r0: 0, s: 0.05 } })

  test('are compared point by point on the scale used for judging', () => {
    const effect = compareTwin(
      change,
      steps((step) => (step % 10 === 9 ? 2 : undefined)),
      courseOf(),
    )
    const reach = 1.959_964 * Math.SQRT2 * 0.05
    const difference = Math.log(1.99 / 2)
    expect(effect).toEqual({
      ...{ metric: 'loss', difference: expect.closeTo(difference, 9), low: expect.closeTo(difference - reach, 9) },
      ...{ high: expect.closeTo(difference + reach, 9), pairs: 2, steps: 20, with: 1.99, without: 2 },
    })
    const one = compareTwin(
      change,
      steps((step) => (step === 89 ? 2 : undefined)),
      courseOf(),
    )
    expect(one).toMatchObject({ pairs: 1, steps: 10, with: expect.closeTo(1.89), without: 2 })
    const median = compareTwin(
      change,
      steps((step) => step),
      courseOf(),
    )
    expect(median).toMatchObject({ pairs: 2, without: 94.5 })
    // The value reported at the step of the change was trained before the change.
    const early = compareTwin(
      change,
      steps((step) => (step < 80 ? 100 : 2), 70),
      courseOf(),
    )
    expect(early).toMatchObject({ pairs: 2, without: 2 })
  })

  test('have a difference below 0 if the change helped, even for a metric where larger is better', () => {
    const scaled = applied(79, { baseline: { scale: 0.5, u0: 0, r0: 0, s: 0.05 } })
    const effect = compareTwin(
      scaled,
      steps(() => 1.49),
      courseOf(-1),
    )
    expect(effect).toMatchObject({ difference: expect.closeTo(-1), with: 1.99, without: 1.49 })
  })

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'it must return [{ step, metrics }], got undefined'],
    ['an object', { step: 1 }, 'it must return [{ step, metrics }], got {"step":1}'],
    [
      'a step that is not whole',
      [{ step: 1.5, metrics: {} }],
      'it must return [{ step, metrics }], got [{"step":1.5,"metrics":{}}]',
    ],
    ['no metrics', [{ step: 1, metrics: 5 }], 'it must return [{ step, metrics }], got [{"step":1,"metrics":5}]'],
    [
      'one invalid entry',
      [{ step: 1, metrics: {} }, 5],
      'it must return [{ step, metrics }], got [{"step":1,"metrics":{}},5]',
    ],
    ['no steps', [], 'it has no loss for steps 80 to 99'],
    ['steps from a different range', steps(() => 2, 10, 80), 'it has no loss for steps 80 to 99'],
    ['text', steps(() => '2'), 'it has no loss for steps 80 to 99'],
    ['NaN', steps(() => Number.NaN), 'its loss at step 89 is not a finite number'],
    [
      'infinity',
      steps((step) => (step === 95 ? Number.POSITIVE_INFINITY : 2)),
      'its loss at step 99 is not a finite number',
    ],
  ])('are refused if the trainer returns %s', (_name, answer, problem) => {
    expect(compareTwin(change, answer, courseOf())).toBe(problem)
  })

  const request = { checkpoint: { tag: 'tune-pre', dir: '/x', step: 80 }, ops: [], steps: 20 }

  test('are trained once, and a failure is not repeated for the same change', () => {
    let asked = 0
    const desk = createTwinDesk(() => {
      asked++
      throw new Error('out of memory')
    })
    const problem = { kind: 'problem', problem: 'out of memory' }
    expect([desk.read(change, request, courseOf()), desk.read(change, request, courseOf())]).toEqual([problem, problem])
    expect(asked).toBe(1)
    desk.read({ ...change, id: 'm_00002' }, request, courseOf())
    expect(asked).toBe(2)
  })

  test('are awaited for eight points if the answer comes later', async () => {
    let answerWith: (answer: never) => void = () => undefined
    const asked: unknown[] = []
    const desk = createTwinDesk((one) => {
      asked.push(one)
      return new Promise((resolve) => (answerWith = resolve))
    })
    const course = courseOf()
    expect([desk.read(change, request, course), desk.read(change, request, course)]).toEqual([
      { kind: 'waiting' },
      { kind: 'waiting' },
    ])
    expect(asked).toEqual([request])
    answerWith(steps(() => 2) as never)
    await Promise.resolve()
    expect(desk.read(change, request, course)).toMatchObject({ kind: 'effect', effect: { pairs: 2 } })
    // Requested again for the next points.
    expect(desk.read(change, request, course)).toEqual({ kind: 'waiting' })
    const more = (count: number) => {
      for (let i = 0; i < count; i++) {
        const step = (course.points.lastStep ?? 0) + 10
        course.see(step, { objective: 1, train: 1, isValidation: true }, { kind: 'validation', every: 1 })
      }
    }
    more(7)
    expect(desk.read(change, request, course)).toEqual({ kind: 'waiting' })
    more(1)
    expect(desk.read(change, request, course)).toEqual({ kind: 'problem', problem: 'it has not answered for 8 points' })
  })

  test('report the reason if their promise rejects', async () => {
    const desk = createTwinDesk(() => Promise.reject(new Error('no device')))
    const course = courseOf()
    expect(desk.read(change, request, course)).toEqual({ kind: 'waiting' })
    await Promise.resolve()
    await Promise.resolve()
    expect(desk.read(change, request, course)).toEqual({ kind: 'problem', problem: 'no device' })
  })

  test('are requested from the checkpoint before the change, or not at all', () => {
    const seen: unknown[] = []
    const desk = {
      read(_mutation: unknown, one: unknown) {
        seen.push(one)
        return { kind: 'waiting' as const }
      },
    }
    const story = { ...EMPTY_STORY, hasPre: true, preStep: 80 }
    const context = { runDir: '/run', controls: [LR] } as unknown as ModuleContext
    const place = { story, context, course: courseOf(), desk }
    expect(readTwin(change, place)).toEqual({ kind: 'waiting' })
    readTwin({ ...change, old: null }, place)
    const checkpoint = { tag: 'tune-pre', dir: expect.stringMatching(/^\/run\/.+\/tune-pre$/), step: 80 }
    const op = { module: 'opt', op: 'set_params', params: { lr: 0.1 } }
    expect(seen).toEqual(Array.from({ length: 2 }, () => ({ checkpoint, ops: [op], steps: 20 })))
    const none = { kind: 'problem', problem: 'there is no checkpoint from immediately before the change' }
    expect(readTwin(change, { ...place, story: { ...story, hasPre: false } })).toEqual(none)
    expect(readTwin(change, { ...place, story: { ...story, preStep: 79 } })).toEqual(none)
    expect(readTwin(change, { ...place, context: { ...context, runDir: undefined } as never })).toEqual(none)
    expect(readTwin(change, { ...place, story: { ...story, isDisturbed: true } })).toEqual({
      ...{ kind: 'problem', problem: 'something else was changed in the meantime' },
    })
    const ramp = {
      ...context,
      controls: [LR, { ...LR, param_key: 'aux', ramp: { end: 1 } }],
    } as unknown as ModuleContext
    expect(readTwin(change, { ...place, context: ramp })).toEqual({ kind: 'problem', problem: 'a ramp moves `aux`' })
    expect(readTwin(change, { ...place, desk: null })).toEqual({ kind: 'none' })
  })
})
