import { createModuleTable, type Op } from '@hotcb/protocol'
import type { HistoryEntry } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { type Ask, askFor } from '../src/ask.ts'
import { format, lineOf } from '../src/line.ts'
import { foldModuleOps } from '../src/module-fold.ts'
import { NOWHERE } from '../src/recorder.ts'

const OP: Op = { module: 'opt', op: 'set_params', id: 'head', params: { lr: 1 } }
const PLACE = { step: 4, call: 1, epoch: 2, phase: 'warm', event: 'val_end', after: false, end: false }
const stamp = (place = PLACE) => ({ place, seq: 7, attempt: 3, wallTime: 1000.5 })
const ask = (more: Partial<Ask> = {}, op = OP): Ask => askFor(op, 'live', 'cli', more)

test('a line has the place, the op, the origin and the decision', () => {
  const given = ask({ cid: 'a', writer: 'h', offset: 5, author: 'ann', notes: 'why', reverts: 2 })
  const verdict = { decision: 'applied', payload: { lr: 1 }, old: { lr: 2 }, notes: 'late', ranks: [1] } as const
  expect(lineOf(given, verdict, stamp())).toEqual({
    seq: 7,
    step: 4,
    epoch: 2,
    event: 'val_end',
    phase: 'warm',
    module: 'opt',
    op: 'set_params',
    id: 'head',
    source: 'cli',
    decision: 'applied',
    params: { lr: 1 },
    payload: { lr: 1 },
    error: null,
    traceback: null,
    notes: 'why; late',
    wall_time: 1000.5,
    cid: 'a',
    writer: 'h',
    offset: 5,
    author: 'ann',
    call: 1,
    old: { lr: 2 },
    of: null,
    reverts: 2,
    attempt: 3,
    ranks: [1],
  })
})

test('a line has `after` or `end` only if it came after the events of its call, or at the end of its step', () => {
  const line = (after: boolean, end: boolean): object =>
    lineOf(ask(), { decision: 'applied' }, stamp({ ...PLACE, after, end }))
  expect(line(true, false)).toMatchObject({ after: true })
  expect('end' in line(true, false)).toBe(false)
  expect(line(false, true)).toMatchObject({ end: true })
  expect('after' in line(false, true)).toBe(false)
  expect(['after', 'end'].filter((key) => key in line(false, false))).toEqual([])
})

test('the event for which an ask was due takes precedence over the first event of its safe point', () => {
  expect(lineOf(ask({ event: 'x' }), { decision: 'applied' }, stamp()).event).toBe('x')
})

test('an error is one line', () => {
  const line = lineOf(ask(), { decision: 'failed', error: 'first\nsecond', traceback: 'at\nthere' }, stamp())
  expect([line.error, line.traceback, line.notes, line.payload]).toEqual([
    expect.not.stringContaining('\n'),
    'at\nthere',
    null,
    null,
  ])
})

test.each<[op: Partial<Op>, params: object | null]>([
  [
    { module: 'core', mode: 'prod', policy: 'strict', step_offset: 3 },
    { mode: 'prod', recipe_path: null, adjust_path: null, policy: 'strict', step_offset: 3 },
  ],
  [
    { module: 'core', mode: 'replay', recipe_path: 'r', adjust_path: 'a' },
    { mode: 'replay', recipe_path: 'r', adjust_path: 'a', policy: null, step_offset: null },
  ],
  [{ module: 'core', mode: null }, null],
  [{ module: 'core' }, null],
  [{ module: 'opt', mode: 'prod' }, null],
  [{ module: 'core', mode: 'prod', params: { a: 1 } }, { a: 1 }],
])('the params of %j are %j', (op, params) => {
  const given = ask({}, { ...OP, op: 'freeze', params: null, ...op })
  expect(lineOf(given, { decision: 'applied' }, stamp()).params).toEqual(params)
})

test('a line that cannot be written keeps its decision, and states why its values are missing', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const payload = cyclic as Op['params']
  const { line, text } = format(lineOf(ask({ notes: 'mine' }), { decision: 'applied', payload }, stamp()))
  expect(line).toMatchObject({ seq: 7, decision: 'applied', params: null, payload: null, old: null })
  expect(line.notes).toMatch(/^mine; its params, payload and old values cannot be written: ./)
  expect(JSON.parse(text)).toEqual(line)
})

test('a line of more than 16 MiB is written without its values', () => {
  const most = 16 * 1024 * 1024
  const filled = (length: number) => lineOf(ask(), { decision: 'applied', payload: { a: 'x'.repeat(length) } }, stamp())
  const rest = format(filled(0)).text.length
  expect(format(filled(most - rest)).text.length).toBe(most)
  const { line, text } = format(filled(most - rest + 1))
  expect(line.notes).toBe(
    `its params, payload and old values cannot be written: a line of ${most + 1} characters is too long`,
  )
  expect(text.length).toBeLessThan(1000)
  // Characters of three bytes.
  const wide = lineOf(ask(), { decision: 'applied', payload: { a: '€'.repeat(most / 3) } }, stamp())
  expect(format(wide).line.payload).toBeNull()
})

test('before the loop a line has no place', () => {
  expect(lineOf(ask(), { decision: 'applied' }, stamp(NOWHERE as never))).toMatchObject({
    step: null,
    call: null,
    epoch: null,
    phase: null,
    event: null,
  })
})

test('a module repeats those of its ops that no later op of the same id replaces', () => {
  const table = createModuleTable([
    {
      name: 'gad',
      summary: 'A gadget.',
      ops: [
        { op: 'load', summary: 'Load.', replaces: ['unload', 'tune', 'load'] },
        { op: 'unload', summary: 'Unload.', replaces: ['load'] },
        { op: 'tune', summary: 'Tune.', history: 'last-by-id' },
        { op: 'poke', summary: 'Poke.' },
      ],
    },
  ])
  const fold = (...ops: readonly string[]): string[] => {
    const entries = ops.map((text, i) => {
      const [op = '', id = 'a', module = 'gad'] = text.split(' ')
      return { seq: i, op: { module, op, id, params: null } } as HistoryEntry
    })
    return foldModuleOps(entries, table).map(({ seq }) => ops[seq] ?? '')
  }
  expect(fold('poke', 'poke')).toEqual(['poke', 'poke'])
  expect(fold('tune', 'poke', 'tune')).toEqual(['poke', 'tune'])
  expect(fold('tune a', 'tune b')).toEqual(['tune a', 'tune b'])
  expect(fold('tune', 'load')).toEqual(['load'])
  expect(fold('load', 'tune')).toEqual(['load', 'tune'])
  expect(fold('load', 'unload', 'load b')).toEqual(['unload', 'load b'])
  expect(fold()).toEqual([])
})
