import { terminalText } from '@hotcb/protocol/node'
import { expect, test } from 'vitest'
import type { RunStatus } from '../src/commands/look/read-status.ts'
import { frame, type WatchView } from '../src/commands/look/watch/frame.ts'
import type { MetricSeries } from '../src/commands/look/watch/metric-history.ts'
import { openTerminal } from '../src/print/terminal.ts'
import { control, ledgerLine, stateDocument } from './answerer.ts'

const COLOURED = openTerminal({ env: { LC_ALL: 'C.UTF-8', FORCE_COLOR: '1' } })
const NAMES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
}

/** The lines of a frame, with colours as `<green>`. */
function shown(view: WatchView, size: Partial<{ columns: number; rows: number; unicode: boolean }> = {}): string[] {
  const { columns = 100, rows = 40, unicode = true } = size
  return frame(view, { ...COLOURED, unicode }, { columns, rows }).map((line) =>
    terminalText(line, 'line')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
      .replace(/\u001b\[(\d+)m/g, (_, code: string) => (code === '0' ? '<0>' : `<${NAMES[code] ?? '/'}>`)),
  )
}

const TRAINER: RunStatus['trainer'] = {
  alive: true,
  reason: null,
  foreign: false,
  paused: false,
  closed: false,
  step: 499,
  max_steps: null,
  step_seconds: null,
  ranks: null,
  kernel: stateDocument().kernel,
  age_seconds: 1,
}

function status(trainer: Partial<RunStatus['trainer']> = {}, rest: Partial<RunStatus> = {}): RunStatus {
  return {
    run_dir: 'runs/a',
    trainer: { ...TRAINER, ...trainer },
    freeze: { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
    queued: [],
    held: [],
    last: {},
    last_complete: true,
    controls: [],
    modules: {},
    metrics: null,
    final_metrics: null,
    origin: null,
    warnings: [],
    ...rest,
  }
}

function view(rest: Partial<WatchView> = {}): WatchView {
  return {
    status: status(),
    metrics: [],
    step: 499,
    speed: null,
    maxSteps: null,
    ledger: [],
    now: 1_790_000_000,
    ...rest,
  }
}

function series(name: string, values: readonly number[]): MetricSeries {
  return { name, values, latest: values.at(-1) ?? null, min: Math.min(...values), max: Math.max(...values) }
}

const RUN = '<bold>runs/a</>'

test.each<[string, Partial<WatchView>, string]>([
  ['alive', { speed: 12.345 }, 'step <bold>499</>  12.3 steps/s  <green>alive</>'],
  ['no step', { step: null }, '<dim>no step yet</>  <green>alive</>'],
  ['paused', { speed: 2, status: status({ paused: true }) }, 'step <bold>499</>  <yellow>paused</>'],
  ['ended', { speed: 2, status: status({ alive: false, closed: true }) }, 'step <bold>499</>  <dim>ended</>'],
  ['none', { status: status({ alive: false, kernel: null }) }, 'step <bold>499</>  <dim>no trainer</>'],
  ['unknown', { speed: 2, status: status({ alive: null }) }, 'step <bold>499</>  <yellow>status unknown</>'],
  [
    'foreign',
    { status: status({ alive: null, foreign: true }) },
    'step <bold>499</>  <dim>trained by hotcb in Python</>',
  ],
  [
    'dead',
    { status: status({ alive: false, age_seconds: 120 }) },
    'step <bold>499</>  <yellow>no sign of life for 2 min</>',
  ],
  [
    'frozen, with queued commands',
    {
      step: 1234,
      status: status(
        {},
        {
          freeze: { mode: 'prod', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
          // Only the number of the commands is shown.
          queued: [{}, {}] as unknown as RunStatus['queued'],
          held: [{}] as unknown as RunStatus['held'],
        },
      ),
    },
    'step <bold>1,234</>  <green>alive</>  <yellow>frozen: prod</>  <yellow>2 queued</>  1 waiting',
  ],
])('the first line of a run: %s', (_, rest, line) => {
  expect(shown(view(rest))).toEqual([`${RUN}  ${line}`])
})

test.each<[string, Partial<WatchView>, string | undefined]>([
  [
    'half',
    { maxSteps: 1000, speed: 100 },
    `<green>${'█'.repeat(20)}</><dim>${'░'.repeat(20)}</> 50 % of 1,000, 5 s left`,
  ],
  ['no speed', { maxSteps: 1000 }, `<green>${'█'.repeat(20)}</><dim>${'░'.repeat(20)}</> 50 % of 1,000`],
  ['no movement', { maxSteps: 1000, speed: 0 }, `<green>${'█'.repeat(20)}</><dim>${'░'.repeat(20)}</> 50 % of 1,000`],
  [
    'paused',
    { maxSteps: 1000, speed: 9, status: status({ paused: true }) },
    `<green>${'█'.repeat(20)}</><dim>${'░'.repeat(20)}</> 50 % of 1,000`,
  ],
  [
    'not alive',
    { maxSteps: 1000, speed: 9, status: status({ alive: false, closed: true }) },
    `<green>${'█'.repeat(20)}</><dim>${'░'.repeat(20)}</> 50 % of 1,000`,
  ],
  ['whole', { maxSteps: 500, speed: 9 }, `<green>${'█'.repeat(40)}</> 100 % of 500`],
  ['more than 100 %', { maxSteps: 100, speed: 9 }, `<green>${'█'.repeat(40)}</> 100 % of 100`],
  ['one step', { step: 0, maxSteps: 1, speed: 9 }, `<green>${'█'.repeat(40)}</> 100 % of 1`],
  ['no plan', { maxSteps: 0 }, undefined],
  ['no step', { step: null, maxSteps: 100 }, undefined],
])('the progress of a run: %s', (_, rest, line) => {
  expect(shown(view(rest))[1]).toBe(line)
})

test('each warning has a line', () => {
  const lines = shown(view({ status: status({}, { warnings: ['first', 'second'] }) }))
  expect(lines.slice(1)).toEqual(['<yellow>first</>', '<yellow>second</>'])
})

const METRICS = [
  series('loss', [4, 3, 2, 1]),
  { name: 'a/metric/with/a/very/long/name/indeed', values: [null], latest: null, min: null, max: null },
]

test('metrics have a latest value, a sparkline and a range, if there is room', () => {
  const metrics = METRICS
  expect(shown(view({ metrics }))).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>metrics</>',
    '  loss                          <bold>  1</>  <cyan>█▆▃▁                                                    </>  <dim>1 … 4</>',
    '  a/metric/with/a/very/long/n…  <bold>nan</>  <cyan>                                                        </>',
  ])
  expect(shown(view({ metrics }), { columns: 64 })).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>metrics</>',
    '  loss                          <bold>  1</>  <cyan>█▆▃▁                </>  <dim>1 … 4</>',
    '  a/metric/with/a/very/long/n…  <bold>nan</>  <cyan>                    </>',
  ])
  expect(shown(view({ metrics }), { columns: 63, unicode: false })).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>metrics</>',
    '  loss                          <bold>  1</>  <cyan>#+-_                      </>',
    '  a/metric/with/a/very/long/n.  <bold>nan</>  <cyan>                          </>',
  ])
  expect(shown(view({ metrics }), { columns: 41 })).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>metrics</>',
    '  loss                          <bold>  1</>  <cyan>█▆▃▁</>',
    '  a/metric/with/a/very/long/n…  <bold>nan</>  <cyan>    </>',
  ])
  expect(shown(view({ metrics }), { columns: 40 })).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>metrics</>',
    '  loss                          <bold>  1</>',
    '  a/metric/with/a/very/long/n…  <bold>nan</>',
  ])
  expect(shown(view({ metrics }), { columns: 250 })[3]).toEqual(
    '  loss                          <bold>  1</>  <cyan>█▆▃▁                                                        </>  <dim>1 … 4</>',
  )
})

const CONTROLS = [
  control('lr', 'optimizer', { current: 0.01, state: 'unverified' }),
  control('momentum', 'optimizer', { current: 0.9, state: 'verified' }),
  control('wd', 'optimizer', { current: 0, state: 'disabled' }),
]

test('controls are in columns, with a mark for unconfirmed or disabled ones', () => {
  expect(shown(view({ status: status({}, { controls: CONTROLS }) }))).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>controls</>',
    '  lr <bold>0.01</><yellow> ?</>      momentum <bold>0.9</>   wd <bold>0</><yellow> off</>',
  ])
  expect(shown(view({ status: status({}, { controls: CONTROLS }) }), { columns: 32 })).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>controls</>',
    '  lr <bold>0.01</><yellow> ?</>      momentum <bold>0.9</>',
    '  wd <bold>0</><yellow> off</>',
  ])
  expect(shown(view({ status: status({}, { controls: CONTROLS }) }), { columns: 31 })).toEqual([
    '<bold>runs/a</>  step <bold>499</>  <green>alive</>',
    '',
    '<bold>controls</>',
    '  lr <bold>0.01</><yellow> ?</>',
    '  momentum <bold>0.9</>',
    '  wd <bold>0</><yellow> off</>',
  ])
})

function ledger(count: number): WatchView['ledger'] {
  return Array.from({ length: count }, (_, i) => ({
    value: ledgerLine({
      seq: i + 1,
      step: i === 0 ? null : 400 + i,
      payload: { lr: i },
      decision: i === 1 ? 'failed' : 'applied',
      error: i === 1 ? 'too high' : null,
      author: 'ann',
      notes: i === 2 ? 'slow' : null,
    }),
    text: '',
    offset: i,
    bytes: 1,
  }))
}

test('the ledger has step, change, outcome and reason', () => {
  expect(
    shown(view({ ledger: ledger(3) }))
      .slice(1)
      .map((line) => line.replace(/\d\d:\d\d:\d\d/, 'TIME')),
  ).toEqual([
    '',
    '<bold>ledger</>',
    '  <dim>TIME</>            <bold>lr = 0</>   <green>applied</>  <dim>ann (cli)</>',
    '  <dim>TIME</>  step 401  <bold>nothing</>  <red>failed</>   <dim>ann (cli): too high</>',
    '  <dim>TIME</>  step 402  <bold>lr = 2</>   <green>applied</>  <dim>ann (cli): slow</>',
  ])
})

test('if there are few rows, the newest ledger lines and the first lines of the other sections remain', () => {
  const all = view({
    metrics: METRICS,
    ledger: ledger(9),
    status: status({}, { controls: CONTROLS, warnings: ['careful'] }),
  })
  const short = (rows: number): string[] =>
    shown(all, { rows, columns: 30 }).map((line) =>
      line
        .replace(/<[^>]*>/g, '')
        .replace(/\d\d:\d\d:\d\d/, 'TIME')
        .slice(0, 26),
    )
  expect(short(14)).toEqual([
    'runs/a  step 499  alive',
    'careful',
    '',
    'metrics',
    '  loss                    ',
    '  a/metric/with/a/very/lon',
    '',
    'controls',
    '  lr 0.01 ?',
    '  momentum 0.9',
    '',
    'ledger',
    '  TIME  step 407  lr = 7 …',
    '  TIME  step 408  lr = 8 …',
  ])
  expect(short(8)).toEqual([
    'runs/a  step 499  alive',
    'careful',
    '',
    'metrics',
    '  loss                    ',
    '',
    'controls',
    '  lr 0.01 ?',
  ])
  expect(short(1)).toEqual(['runs/a  step 499  alive'])
})
