import { describe, expect, test } from 'vitest'
import { type FieldKind, fieldProblem } from '../src/field-kinds.ts'
import { isLaunchError, LaunchError } from '../src/launch-error.ts'
import { formatOptions, readOptions } from '../src/option-file.ts'
import { checkLaunchOptions, FIELDS, type LaunchOptions, readKeyMetric } from '../src/options.ts'

const KINDS: readonly (readonly [
  kind: FieldKind,
  right: string,
  good: readonly unknown[],
  bad: readonly (readonly [unknown, string])[],
])[] = [
  [
    'name',
    'a non-empty string',
    ['a', ' '],
    [
      ['', '""'],
      [5, '5'],
      [null, 'null'],
      [['a'], '["a"]'],
    ],
  ],
  [
    'words',
    'a list of strings',
    [['a'], ['a', 'b']],
    [
      [[], '[]'],
      ['a', '"a"'],
      [['a', ''], '["a",""]'],
      [['a', 5], '["a",5]'],
    ],
  ],
  [
    'flag',
    'true or false',
    [true, false],
    [
      ['true', '"true"'],
      [1, '1'],
      [null, 'null'],
    ],
  ],
  [
    'whole',
    'a whole number >= 0',
    [0, 1, 2 ** 53 - 1],
    [
      [-1, '-1'],
      [0.5, '0.5'],
      ['1', '"1"'],
      [true, 'true'],
    ],
  ],
  [
    'count',
    'a whole number >= 1',
    [1, 2],
    [
      [0, '0'],
      [-1, '-1'],
      [1.5, '1.5'],
      ['2', '"2"'],
    ],
  ],
  [
    'positive',
    'a number > 0',
    [0.001, 1, 1e9],
    [
      [0, '0'],
      [-1, '-1'],
      ['1', '"1"'],
    ],
  ],
  [
    'pause',
    'a number >= 0',
    [0, 0.5, 7],
    [
      [-0.1, '-0.1'],
      ['0', '"0"'],
      [true, 'true'],
    ],
  ],
  [
    'port',
    'a port from 0 to 65535',
    [0, 80, 65_535],
    [
      [65_536, '65536'],
      [-1, '-1'],
      [80.5, '80.5'],
      ['80', '"80"'],
    ],
  ],
  [
    'tune-mode',
    'off, observe, suggest, active',
    ['off', 'observe', 'suggest', 'active'],
    [
      ['on', '"on"'],
      [true, 'true'],
    ],
  ],
]

test.each(KINDS)('an option of the kind `%s` must be %s', (kind, right, good, bad) => {
  expect(good.map((value) => fieldProblem('x', kind, value))).toEqual(good.map(() => null))
  for (const [value, shown] of bad) expect(fieldProblem('x', kind, value)).toBe(`\`x\` must be ${right}, got ${shown}`)
})

test('numbers that are not finite are refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const kind of ['whole', 'count', 'positive', 'pause', 'port'] as const) {
      expect([kind, fieldProblem('x', kind, value)]).toEqual([kind, expect.stringMatching(/^`x` must be a /)])
    }
  }
})

test('an autopilot mode must be one of the known names; any other is refused with the most similar name', () => {
  const modes = 'off, suggest, auto, ai_suggest, ai_auto'
  for (const mode of modes.split(', ')) expect(fieldProblem('autopilot', 'mode', mode)).toBeNull()
  expect(fieldProblem('autopilot', 'mode', 'sugest')).toBe('unknown mode "sugest": did you mean `suggest`?')
  expect(fieldProblem('autopilot', 'mode', 'xyz')).toBe(`unknown mode "xyz": ${modes}`)
  expect(fieldProblem('autopilot', 'mode', 5)).toBe(`\`autopilot\` must be one of ${modes}, got 5`)
})

test('the names of options in files are part of the format', () => {
  expect(FIELDS.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'config name',
    'train_fn name',
    'command words',
    'run_dir name',
    'seed whole',
    'max_steps count',
    'max_time positive',
    'step_delay pause',
    'serve flag',
    'host name',
    'port port',
    'autopilot mode',
    'key_metric name',
    'rules words',
    'tune tune-mode',
    'notify name',
    'ai_model name',
    'ai_base_url name',
    'ai_budget pause',
    'ai_cadence count',
    'learn_from name',
    'stop_seconds positive',
    'kill_seconds positive',
  ])
})

describe('options', () => {
  const all: LaunchOptions = {
    command: ['node', 'a.js'],
    runDir: 'runs/a',
    seed: 0,
    maxSteps: 1,
    maxTimeSeconds: 0.5,
    stepDelaySeconds: 0,
    serve: false,
    host: '::1',
    port: 0,
    autopilot: 'ai_auto',
    keyMetric: 'f1:max',
    rules: ['a.yaml', 'b.yaml'],
    tune: 'active',
    notify: 'n.yaml',
    aiModel: 'm',
    aiBaseUrl: 'http://x',
    aiBudget: 0,
    aiCadence: 1,
    learnFrom: 'runs/b',
    stopSeconds: 1,
    killSeconds: 2,
  }

  test('that are formatted for a file are read back unchanged', () => {
    expect(() => checkLaunchOptions(all)).not.toThrow()
    const written = formatOptions(all)
    expect(readOptions(written)).toEqual({ ok: true, value: all })
    expect(Object.keys(written)).toEqual(
      FIELDS.map(({ name }) => name).filter((name) => !/^(?:config|train_fn)$/.test(name)),
    )
    expect(formatOptions({ seed: undefined, config: 'a' })).toEqual({ config: 'a' })
  })

  test('that are null are left out, and a string may replace a list with one string', () => {
    expect(readOptions({ seed: null, rules: 'a.yaml', command: 'node' })).toEqual({
      ok: true,
      value: { rules: ['a.yaml'], command: ['node'] },
    })
    expect(readOptions({ host: 'a' })).toEqual({ ok: true, value: { host: 'a' } })
    expect(readOptions({})).toEqual({ ok: true, value: {} })
  })

  test('with a mistake are refused as a whole, with the field and whether its key or its value is wrong', () => {
    const told: unknown[] = []
    const tell = (...given: readonly unknown[]) => {
      told.push(given)
      return 'told'
    }
    for (const value of [{ seed: 1, hots: 'a' }, { seed: -1 }, { zzz: 1 }, 5]) {
      expect(readOptions(value, tell)).toEqual({ ok: false, reason: 'told' })
    }
    expect(told).toEqual([
      ['hots', 'no option is called `hots`: did you mean `host`?', 'key'],
      ['seed', '`seed` must be a whole number >= 0, got -1', 'value'],
      ['zzz', `no option is called \`zzz\`: choose from ${FIELDS.map(({ name }) => name).join(', ')}`, 'key'],
      [null, 'expected an object with options, got 5', 'value'],
    ])
    expect(readOptions({ seed: -1 })).toEqual({ ok: false, reason: '`seed` must be a whole number >= 0, got -1' })
  })

  test.each<[LaunchOptions, string]>([
    [{ resume: '' }, '`resume` must be a non-empty string, got ""'],
    [{ fromCheckpoint: '' }, '`fromCheckpoint` must be a non-empty string, got ""'],
    [{ fromCheckpoint: 'a', set: [''] }, '`set` must be a list of strings, got [""]'],
    [{ set: ['lr=1'] }, '`set` changes a run that starts from a checkpoint: pass `fromCheckpoint` too'],
    [
      { resume: 'a', fromCheckpoint: 'b' },
      '`resume` continues a run, whereas `fromCheckpoint` starts a new one: pass only one of them',
    ],
    [{ killSeconds: 0 }, '`killSeconds` must be a number > 0, got 0'],
  ])('%j are refused', (options, message) => {
    expect(() => checkLaunchOptions(options)).toThrow(expect.objectContaining({ code: 'bad-option', message }))
  })

  test.each<LaunchOptions>([{}, { resume: 'a' }, { fromCheckpoint: 'a' }, { fromCheckpoint: 'a', set: ['lr=1'] }])(
    '%j are accepted',
    (options) => {
      expect(checkLaunchOptions(options)).toBeUndefined()
    },
  )
})

test('a key metric shows which direction is better, by its name or after a colon', () => {
  expect([readKeyMetric('val_loss'), readKeyMetric('quality:max'), readKeyMetric('quality:min')]).toEqual([
    { name: 'val_loss', direction: 'min' },
    { name: 'quality', direction: 'max' },
    { name: 'quality', direction: 'min' },
  ])
  expect(() => readKeyMetric('quality')).toThrow(
    expect.objectContaining({
      code: 'bad-option',
      message:
        'the name `quality` does not show whether lower or higher is better: write `quality:min` or `quality:max`',
    }),
  )
})

test('a launch error is recognized by its name, even from another copy of the code, and is safe for a terminal', () => {
  const cause = new Error('cause')
  const error = new LaunchError('used', 'a\u001b[31mb', { cause })
  expect([error.name, error.code, error.cause, error.message.includes('\u001b')]).toEqual([
    'LaunchError',
    'used',
    cause,
    false,
  ])
  const other = Object.assign(new Error('x'), { name: 'LaunchError' })
  expect([error, other, cause, null, { name: 'LaunchError' }].map(isLaunchError)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
