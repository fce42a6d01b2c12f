import type { ControlDescription, Json } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { canRamp } from '../../src/web/panels/controls/can-ramp.ts'
import { rampRequest } from '../../src/web/panels/ramp/ramp-request.ts'
import { courseText, madeCourses, type PlannedCourse, plannedCourse } from '../../src/web/staged/course.ts'
import {
  controlKey,
  draftsOf,
  issuesOf,
  movedKeys,
  review,
  type Staged,
  stage,
  stageRamp,
} from '../../src/web/staged/staged.ts'

function control(key: string, current: Json, more: Partial<ControlDescription> = {}): ControlDescription {
  const plain = { label: key, step: null, log_base: null, choices: null, state: 'verified' as const }
  return { param_key: key, type: 'float', group: 'optimizer', min: 0, max: 1, current, ...plain, ...more }
}

const PLACE = { now: 100, at: null, total: 1000 }
const RUNNING = { type: 'linear', steps: 100, start: 0, end: 1, first_step: 50 }

/** The value at the last point of a step. */
function at(course: PlannedCourse | undefined, line: 'before' | 'after', step: number): number | undefined {
  return course?.[line][course.steps.lastIndexOf(step)]
}

test('a new value is a jump at its step, and without the change the value stays the same', () => {
  const course = plannedCourse(control('lr', 0.5), 0.25, { ...PLACE, at: 150 })
  expect(course).toMatchObject({ at: 150, end: null, isMoving: false })
  expect(course?.after[course.steps.indexOf(150)]).toBe(0.5)
  expect(at(course, 'after', 150)).toBe(0.25)
  expect(course?.after.at(-1)).toBe(0.25)
  expect(new Set(course?.before)).toEqual(new Set([0.5]))
  expect(course?.steps[0]).toBe(100)
  expect(course && courseText(course)).toBe('lr: 0.25 starting at step 150; without the change it remains 0.5')
})

test('a ramp is drawn from the value of the control at its start to its end, and a little further', () => {
  const course = plannedCourse(control('lr', 0.5), { type: 'linear', steps: 200, end: 0.1 }, PLACE)
  expect(course).toMatchObject({ at: 100, end: 300 })
  expect(at(course, 'after', 100)).toBe(0.5)
  expect(at(course, 'after', 300)).toBe(0.1)
  expect(course?.steps.at(-1)).toBeGreaterThan(300)
  expect(course && courseText(course)).toBe('lr: from step 100 to 0.1 at step 300; without the change it remains 0.5')
})

test('without the change a running ramp continues: a value ends it, null stops it where it is, a later start continues from it', () => {
  const moving = control('lr', 0.5, { ramp: RUNNING })
  const jump = plannedCourse(moving, 0.2, PLACE)
  expect(jump?.isMoving).toBe(true)
  expect(at(jump, 'before', 150)).toBe(1)
  expect(jump && courseText(jump)).toContain('without the change its ramp continues to 1')
  expect(plannedCourse(moving, null, PLACE)?.after.at(-1)).toBe(0.5)
  const later = plannedCourse(moving, { steps: 10, end: 0 }, { ...PLACE, at: 125 })
  expect(at(later, 'after', 125)).toBe(0.75)
  expect(at(later, 'after', 135)).toBe(0)
  // A ramp that has ended changes nothing.
  expect(plannedCourse(control('lr', 1, { ramp: RUNNING }), 0.2, { ...PLACE, now: 150 })?.isMoving).toBe(false)
})

test('a value that is not a number and a malformed ramp have no course', () => {
  expect(plannedCourse(control('name', 'adam'), 'sgd', PLACE)).toBeUndefined()
  expect(plannedCourse(control('lr', 0.5), { end: 1 }, PLACE)).toBeUndefined()
  expect(plannedCourse(control('lr', 0.5), 'x', PLACE)).toBeUndefined()
})

test('a typed ramp is parsed field by field, and the first wrong field is named', () => {
  const typed = { type: 'cosine', end: '1e-2', steps: '500', start: '' } as const
  expect(rampRequest(typed)).toEqual({ value: { type: 'cosine', steps: 500, end: 0.01 } })
  expect(rampRequest({ ...typed, start: '0' })).toEqual({ value: { type: 'cosine', steps: 500, start: 0, end: 0.01 } })
  expect(rampRequest({ ...typed, end: ' ' })).toBeUndefined()
  expect(rampRequest({ ...typed, end: 'low' })).toEqual({ problem: 'End: expected a number, got low' })
  expect(rampRequest({ ...typed, steps: '0' })).toEqual({
    problem: 'Steps: expected a whole number of at least 1, got 0',
  })
  expect(rampRequest({ ...typed, start: 'x' })).toEqual({ problem: 'Start: expected a number, got x' })
})

test('a staged ramp replaces a staged value, is checked against its control, and is sent without a condition', () => {
  const lr = control('lr', 0.5)
  const request = { type: 'linear', steps: 10, end: 0.1 }
  let staged: Staged = stage(new Map(), lr, 0.2, 0)
  staged = stageRamp(staged, lr, request)
  expect([...staged.keys()]).toEqual(['ramps.lr'])
  expect(controlKey('ramps.lr')).toBe('lr')
  expect(issuesOf(staged, [lr])).toEqual(new Map())
  expect(issuesOf(stageRamp(staged, lr, { ...request, end: 7 }), [lr]).get('ramps.lr')).toContain('7')
  expect(draftsOf(staged, [lr], { at: 200, note: '', moving: new Set() })).toEqual([
    { module: 'opt', op: 'set_params', params: { 'ramps.lr': request }, at: { step: 200 } },
  ])
  expect([...stage(staged, lr, 0.3, 0).keys()]).toEqual(['lr'])
  const changed = control('lr', 0.5, { ramp: RUNNING })
  expect([...movedKeys(staged, [changed])]).toEqual(['ramps.lr'])
  expect([...movedKeys(review(staged, [changed]), [changed])]).toEqual([])
})

test('only numbers that no schedule changes may have a ramp', () => {
  const lr = control('lr', 0.5)
  const still: ReadonlySet<string> = new Set()
  expect(canRamp(lr, [lr], still)).toBe(true)
  expect(canRamp(lr, [lr], new Set(['lr']))).toBe(false)
  expect(canRamp(control('lr', 0.5, { ramp: RUNNING }), [lr], new Set(['lr']))).toBe(true)
  expect(canRamp(lr, [lr, control('scheduler_scale', 1)], still)).toBe(false)
  expect(canRamp(control('lr', 0.5, { state: 'disabled' }), [lr], still)).toBe(false)
  expect(canRamp(control('name', 'adam', { type: 'choice' }), [], still)).toBe(false)
})

test('a past change is drawn with the value before it, and a ramp with the value at which it started', () => {
  const controls = [control('lr', 0.1), control('recon', 1, { group: 'loss', max: 200 })]
  const ramp = { type: 'linear', steps: 20, start: 0.5, end: 0.1, first_step: 40 }
  const params = { 'ramps.lr': ramp, recon_w: 2, gone: 3 }
  const courses = madeCourses({ step: 40, params, old: { 'ramps.lr': null, recon_w: 1 } }, controls)
  expect(courses.map(({ key, at, end, steps }) => [key, at, end, steps[0]])).toEqual([
    ['lr', 40, 60, 30],
    ['recon', 40, null, 30],
  ])
  expect(courses[0]?.before[0]).toBe(0.5)
  expect(courses[0]?.after.at(-1)).toBe(0.1)
  expect(courses[1]?.after.at(-1)).toBe(2)
  expect(madeCourses({ step: 1, params: null, old: null }, controls)).toEqual([])
})
