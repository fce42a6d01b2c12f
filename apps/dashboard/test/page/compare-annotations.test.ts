import { expect, test } from 'vitest'
import type { Annotation } from '../../src/shared/annotations.ts'
import type { CompareCourse, CompareFacts } from '../../src/shared/compare-wire.ts'
import { NO_LABELS } from '../../src/shared/labels.ts'
import type { LineSources } from '../../src/web/compare/chart-lines.ts'
import { readFormula } from '../../src/web/compare/expression.ts'
import { type LineAnnotation, lineAnnotations, placeLineAnnotations } from '../../src/web/compare/line-annotations.ts'
import type { Line } from '../../src/web/compare/lines.ts'
import { project, type Span } from '../../src/web/compare/scales.ts'

function note(id: string, step: number, rest: Partial<Annotation> = {}): Annotation {
  return { id, step, value: null, metric: null, text: id, author: null, ts: 0, ...rest }
}

function facts(id: string, annotations: readonly Annotation[]): CompareFacts {
  const rest = { status: 'finished', step: 10, callbacks: {}, metrics: {}, changes: [], problem: null } as const
  const notes = { annotations, problem: null }
  return { id, name: id, labels: { ...NO_LABELS, tags: ['t'] }, params: {}, notes, ...rest }
}

function courses(level: number): ReadonlyMap<string, CompareCourse> {
  const course = (name: string, by: number): CompareCourse => {
    return { name, steps: [0, 10], mean: [level, level + by], complete: true }
  }
  return new Map(['loss', 'lr'].map((name) => [name, course(name, 10)]))
}

const SOURCES: LineSources = {
  facts: [
    facts('a', [note('all', 5), note('own', 5, { metric: 'loss', value: 3 }), note('other', 5, { metric: 'acc' })]),
    facts('b', [note('rate', 10, { metric: 'lr', value: 99 })]),
  ],
  courses: new Map([
    ['a', courses(0)],
    ['b', courses(20)],
  ]),
  axes: {},
  axis: { kind: 'step' },
  grouping: 'none',
  hidden: new Set(),
  looks: new Map(),
}

/** A line that rises from a level, by default by 10 in 10 steps. */
function line(id: string, level: number, by = 10, xs: readonly number[] = [0, 10]): Line {
  return { id, label: id, color: 'red', xs, ys: [level, level + by], isComplete: true }
}

function annotationsIn(
  text: string,
  lines: readonly Line[],
  changes: Partial<LineSources> = {},
): readonly LineAnnotation[] {
  const formula = readFormula(text, ['loss', 'lr', 'acc'])
  if (!formula.ok) throw new Error(formula.problem)
  return lineAnnotations(formula.value, lines, { ...SOURCES, ...changes })
}

function found(...asked: Parameters<typeof annotationsIn>): readonly (readonly (string | number)[])[] {
  return annotationsIn(...asked).map(({ annotation, line: { id }, x, heights }) => [annotation.id, id, x, ...heights])
}

const RUNS = [line('a', 0), line('b', 20)]

test('an annotation is in the charts of its metric, at its value or on the line of its run', () => {
  expect(found('loss', RUNS)).toEqual([
    ['all', 'a', 5, 5],
    ['own', 'a', 5, 3, 5],
  ])
  // A value of `lr` has no position on the axis of the difference.
  expect(found('loss - lr', [line('a', 0, 0), line('b', 0, 0)])).toEqual([
    ['all', 'a', 5, 0],
    ['own', 'a', 5, 0],
    ['rate', 'b', 10, 0],
  ])
})

test('an annotation of a hidden run is not shown, and one of a group is on the line of the group', () => {
  expect(found('lr', [line('a', 0)])).toEqual([['all', 'a', 5, 5]])
  expect(found('lr', [line('tag t', 10)], { grouping: 'tag' })).toEqual([
    ['all', 'tag t', 5, 15],
    ['rate', 'tag t', 10, 99, 20],
  ])
})

test('an annotation follows its step to another axis, and is left out if its position there is unknown', () => {
  const axes = { a: { steps: [0, 10], times: [100, 200], epochs: [null, null] } }
  expect(found('lr', RUNS, { axes, axis: { kind: 'relative' } })).toEqual([['all', 'a', 50, 5]])
  expect(found('lr', RUNS, { axes, axis: { kind: 'epoch' } })).toEqual([])
})

test('an annotation whose value is not visible is on its line, and one beyond the zoom is not drawn', () => {
  const box = { left: 50, top: 10, width: 400, height: 200 }
  const all = annotationsIn('lr', RUNS)
  const placed = (spanX: Span, spanY: Span) =>
    placeLineAnnotations(all, box, project(spanX, spanY, box, false)).map(({ annotation, left, top, isLeft }) => [
      annotation.id,
      left,
      top,
      isLeft,
    ])
  expect(placed([0, 16], [0, 40])).toEqual([
    ['all', 175, 185, false],
    ['rate', 300, 60, true],
  ])
  expect(placed([6, 26], [0, 40])).toEqual([['rate', 130, 60, false]])
  // At the bottom, because neither its value nor its line is visible.
  expect(placed([0, 16], [50, 60])[0]).toEqual(['all', 175, 200, false])
})
