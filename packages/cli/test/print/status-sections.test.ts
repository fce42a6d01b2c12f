import type { ControlDescription } from '@hotcb/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { LastStatus, QueuedStatus, RunStatus } from '../../src/commands/look/read-status.ts'
import { describeRange, describeTrainer, renderStatus, showCurrent } from '../../src/print/status-text.ts'
import { markedTerminal } from '../marked-terminal.ts'
import { EMPTY_STATUS } from './run-status.ts'

const terminal = markedTerminal()
const plain = (text: string): string => text
const plainTerminal = markedTerminal({ bold: plain, dim: plain, red: plain, green: plain, yellow: plain })

function shown(some: Partial<RunStatus>, on = terminal): readonly string[] {
  return renderStatus({ ...EMPTY_STATUS, ...some }, on)
}

const KERNEL = { name: 'hotcb', version: '1.2', pid: null, host: null, attempt: 1, start: null }

test('the trainer line shows whether the trainer is alive, its step, and its identity', () => {
  const line = (some: Partial<RunStatus['trainer']>): string =>
    describeTrainer({ ...EMPTY_STATUS.trainer, kernel: KERNEL, ...some }, terminal)
  expect([
    line({ kernel: null }),
    line({ kernel: null, reason: 'it is on another host' }),
    line({ foreign: true }),
    line({ foreign: true, step: 1200, max_steps: 2000 }),
    line({ closed: true, alive: false, step: 9, age_seconds: null }),
    line({ alive: null, reason: 'its host does not answer', step: 1000, age_seconds: 90 }),
    line({ age_seconds: 120 }),
    line({ reason: 'its process is gone', step: 3 }),
    line({ alive: true, step: 3, step_seconds: 0.5, max_steps: 10 }),
    line({ alive: true, paused: true, kernel: { ...KERNEL, pid: 77, attempt: 2 }, ranks: 4 }),
  ]).toEqual([
    'none has opened this run yet',
    '<yellow>unknown</yellow> whether it is alive: it is on another host',
    'trained by hotcb in Python<dim>  its kernel does not report whether it is alive</dim>',
    'trained by hotcb in Python, last at step 1,200, 1201 of 2000 done<dim>  its kernel does not report whether it is alive</dim>',
    'ended at step 9, 0 ms ago<dim>  hotcb 1.2</dim>',
    '<yellow>unknown</yellow> whether it is alive: its host does not answer; last at step 1,000, 2 min ago<dim>  hotcb 1.2</dim>',
    '<yellow>no sign of life for 2 min</yellow>; last before the first step<dim>  hotcb 1.2</dim>',
    '<yellow>no sign of life: its process is gone</yellow>; last at step 3<dim>  hotcb 1.2</dim>',
    '<green>alive</green> at step 3, 4 of 10 done, 500 ms a step<dim>  hotcb 1.2</dim>',
    '<yellow>paused</yellow> before the first step<dim>  hotcb 1.2, process 77, attempt 2, 4 ranks</dim>',
  ])
})

test('the head shows the freeze, warnings, and metrics of other steps, the newest three steps first', () => {
  const freeze = (some: Partial<RunStatus['freeze']>): string | undefined =>
    shown({ freeze: { ...EMPTY_STATUS.freeze, ...some } })[2]
  expect([
    freeze({}),
    freeze({ mode: 'prod' }),
    freeze({ mode: 'replay' }),
    freeze({
      mode: 'replay_adjusted',
      recipe_path: 'r.jsonl',
      adjust_path: 'a.yaml',
      policy: 'strict',
      step_offset: 5,
    }),
    freeze({ mode: 'replay', recipe_path: 'r.jsonl', step_offset: -5 }),
  ]).toEqual([
    '  <dim>freeze</dim>   off',
    '  <dim>freeze</dim>   <yellow><bold>prod</bold></yellow>: all changes are refused',
    '  <dim>freeze</dim>   <yellow><bold>replay</bold></yellow>: recipe none, best_effort',
    '  <dim>freeze</dim>   <yellow><bold>replay_adjusted</bold></yellow>: recipe r.jsonl, adjusted by a.yaml, strict, +5 steps',
    '  <dim>freeze</dim>   <yellow><bold>replay</bold></yellow>: recipe r.jsonl, best_effort, -5 steps',
  ])
  const earlier = {
    a: { step: 10, value: 1 },
    b: { step: 30, value: 2 },
    c: { step: 20, value: 3 },
    d: { step: 30, value: null },
    e: { step: 5, value: 4 },
  }
  expect(shown({ metrics: { step: 40, values: { loss: 0.5 }, earlier }, warnings: ['one', 'two'] })).toEqual([
    '<bold>runs/a</bold>',
    '  <dim>trainer</dim>  none has opened this run yet',
    '  <dim>freeze</dim>   off',
    '  <dim>metrics</dim>  loss <bold>0.5</bold> <dim>at step 40</dim>',
    '                      b <bold>2</bold>, d <bold>nan</bold> <dim>at step 30</dim>',
    '                      c <bold>3</bold> <dim>at step 20</dim>',
    '                      a <bold>1</bold> <dim>at step 10</dim>',
    '  <yellow>warning</yellow>  one',
    '  <yellow>warning</yellow>  two',
  ])
})

test('at most eight values are shown, and lines are wrapped to the width of the terminal', () => {
  const names = 'abcdefghi'.split('')
  const values = Object.fromEntries(names.map((name, at) => [name, at]))
  const lines = (columns: number): readonly string[] =>
    shown({ final_metrics: values }, markedTerminal({ isTerminal: true, columns: () => columns, bold: (text) => text }))
      .slice(3)
      .map((line) => line.slice(0, 40).trim())
  expect(shown({ final_metrics: values }, markedTerminal({ bold: (text) => text })).slice(3)).toEqual([
    '  <dim>at the end</dim>  a 0, b 1, c 2, d 3, e 4, f 5, g 6, h 7',
  ])
  // Two values and a space need nine columns.
  expect(lines(11 + 9).slice(1)).toEqual(['c 2, d 3,', 'e 4, f 5,', 'g 6, h 7'])
  expect(lines(11 + 8)).toHaveLength(7)
})

test('queued commands are listed with sender and age, waiting ones with their step, at most the newest 20', () => {
  vi.useFakeTimers({ now: 1_000_000 })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const command = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.1 }, note: null }
  const queued: QueuedStatus = { cid: 'c1', ts: 990, author: 'ann', at: { step: 1500 }, command }
  const some = [
    queued,
    { cid: null, ts: null, author: null, at: null, command: null },
    { ...queued, ts: 1010, author: null },
  ]
  const held = [
    { cid: 'c2', at: { step: 20 }, command },
    { cid: 'c3', at: { step: 30, event: 'val_end' }, command: null },
  ] as unknown as RunStatus['held']
  expect(shown({ queued: some as readonly QueuedStatus[], held }).slice(3)).toEqual([
    '',
    '<bold>queued for the next trainer</bold>',
    '  lr = 0.1  for step 1,500  ann, 10 s ago  <dim>c1</dim>',
    '  ?',
    '  lr = 0.1  for step 1,500  0 ms ago       <dim>c1</dim>',
    '',
    '<bold>waiting for a step</bold>',
    '  step 20          lr = 0.1  <dim>c2</dim>',
    '  step 30 val_end  ?         <dim>c3</dim>',
  ])
  const many = (count: number): readonly string[] =>
    shown({
      queued: Array.from({ length: count }, (_, at) => ({ ...queued, cid: `c${at}` })),
      trainer: { ...EMPTY_STATUS.trainer, alive: true },
    }).slice(4)
  expect(many(20)).toHaveLength(21)
  expect(many(22)).toHaveLength(22)
  expect(many(22).slice(0, 3)).toEqual([
    '<bold>queued, not answered yet</bold>',
    '  <dim>2 more before these</dim>',
    '  lr = 0.1  for step 1,500  ann, 10 s ago  <dim>c2</dim>',
  ])
})

function control(some: Partial<ControlDescription>): ControlDescription {
  const base = { param_key: 'lr', type: 'float', current: 0.1, state: 'verified' }
  return { ...base, ...some } as ControlDescription
}

test('a control shows its value, unit, state, range and current ramp', () => {
  const ramp = { type: 'linear', start: 0, end: 1, steps: 1000, first_step: 500 }
  const controls = [
    control({ min: 0, max: 1, unit: 's', ramp }),
    control({ param_key: 'wd', state: 'unverified', min: 0.5 }),
    control({ param_key: 'on', type: 'bool', current: true, state: 'init' }),
    control({ param_key: 'kind', type: 'choice', current: 'a', state: 'disabled', choices: ['a', 'b'] }),
    control({ param_key: 'old', state: 'untouched', ramp: { ...ramp, steps: null } }),
    control({ param_key: 'none', state: '' as never }),
  ]
  const at = (step: number | null, on = terminal): readonly string[] =>
    shown({ controls, trainer: { ...EMPTY_STATUS.trainer, step } }, on)
      .slice(4)
      .map((line) => line.replace(/ +/g, ' '))
  expect(at(600)).toEqual([
    '<bold>controls</bold>',
    ' lr <bold>0.1</bold> s <green>verified</green> <dim>0 … 1</dim> linear ramp 0 → 1, steps 500 to 1,500',
    ' wd <bold>0.1</bold> <yellow>unverified</yellow> <dim>0.5 …</dim>',
    ' on <bold>true</bold> <dim>init</dim> <dim>true or false</dim>',
    ' kind <bold>a</bold> <yellow>disabled</yellow> <dim>a, b</dim>',
    ' old <bold>0.1</bold> <dim>untouched</dim> ramp',
    ' none <bold>0.1</bold>',
  ])
  expect(at(600, markedTerminal({ unicode: false }))[1]).toBe(
    ' lr <bold>0.1</bold> s <green>verified</green> <dim>0 .. 1</dim> linear ramp 0 -> 1, steps 500 to 1,500',
  )
  expect(at(1600)[1]).toBe(' lr <bold>0.1</bold> s <green>verified</green> <dim>0 … 1</dim>')
  expect([
    describeRange(control({})),
    describeRange(control({ min: null, max: null, choices: null })),
    describeRange(control({ max: 2 })),
    describeRange(control({ max: 2 }), false),
  ]).toEqual(['', '', '… 2', '.. 2'])
  const groups = [
    { name: 'head', place: 0, value: 1 },
    { name: '', place: 4, value: 2 },
    { name: '', value: 3 },
  ]
  const ofGroups = (some: readonly object[]): string =>
    showCurrent(control({ groups: some } as Partial<ControlDescription>))
  expect([
    ofGroups([]),
    ofGroups(groups.slice(0, 1)),
    ofGroups([groups[0], groups[0]] as object[]),
    ofGroups(groups),
  ]).toEqual(['0.1', '0.1', '0.1', 'head 1 | group 4 2 | group 2 3'])
})

test('the last changes are the newest 20 by their number, with their outcome', () => {
  const last = (seq: number, some: Partial<LastStatus> = {}): LastStatus => ({
    ...{ seq, op: 'set_params', step: null, decision: 'applied', line: null },
    ...some,
  })
  const entries = Object.fromEntries(
    Array.from({ length: 22 }, (_, at) => [`loss:${at}`, last(at + 1)] as [string, LastStatus]).concat([
      ['opt:main', last(99, { step: 1000, decision: 'ignored_freeze' })],
    ]),
  )
  const lines = shown({ last: entries, last_complete: false }).slice(4)
  expect(lines).toHaveLength(22)
  expect([...lines.slice(0, 3), ...lines.slice(-2)]).toEqual([
    '<bold>last changes (in the latest lines)</bold>',
    '  opt:main  step 1,000  set_params  <red>refused by the freeze</red>',
    '  loss:21               set_params  <green>applied</green>',
    '  loss:3                set_params  <green>applied</green>',
    '  <dim>and 3 more</dim>',
  ])
  const line = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 2 } } as unknown as LastStatus['line']
  expect(shown({ last: { 'opt:main': last(1, { line }) } }).slice(3)).toEqual([
    '',
    '<bold>last changes</bold>',
    '  opt:main    lr = 2  <green>applied</green>',
  ])
})

test('callbacks have a table with cost, origin and state', () => {
  const grad = { enabled: true, loaded: true, calls: 3, errors: 1, mean_ms: 0.5, max_ms: 2, share: 0.256 }
  const target = { kind: 'file', path: 'cb.py', symbol: 'Grad' }
  const cb = {
    a: grad,
    b: { ...grad, enabled: false, target },
    c: { ...grad, enabled: false, reason: 'it threw' },
    d: { loaded: false, last_params: { k: 1, n: 2 } },
  }
  const lines = shown({ modules: { cb } as unknown as RunStatus['modules'] }, plainTerminal)
  expect(lines.slice(3)).toEqual([
    '',
    'callbacks',
    '  id  state       calls  errors  mean ms  max ms  share   from',
    '  a   enabled     3      1       0.500    2.000   25.6 %  the trainer',
    '  b   disabled    3      1       0.500    2.000   25.6 %  cb.py Grad',
    '  c   failed      3      1       0.500    2.000   25.6 %  the trainer  it threw',
    '  d   not loaded  0      0       0.000    0.000   -       its parameters are kept: k, n',
  ])
  const row = shown({ modules: { cb } as unknown as RunStatus['modules'] }).map((line) => line.replace(/ +/g, ' '))
  expect(row.slice(5)).toEqual([
    ' <dim>id</dim> <dim>state</dim> <dim>calls</dim> <dim>errors</dim> <dim>mean ms</dim> <dim>max ms</dim> <dim>share</dim> <dim>from</dim>',
    ' <bold>a</bold> <green>enabled</green> 3 1 0.500 2.000 25.6 % <dim>the trainer</dim>',
    ' <bold>b</bold> <yellow>disabled</yellow> 3 1 0.500 2.000 25.6 % cb.py Grad',
    ' <bold>c</bold> <red>failed</red> 3 1 0.500 2.000 25.6 % <dim>the trainer</dim><dim> it threw</dim>',
    ' <bold>d</bold> <yellow>not loaded</yellow> 0 0 0.000 0.000 - <dim>its parameters are kept: k, n</dim>',
  ])
})
