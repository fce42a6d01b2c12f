import { describe, expect, test } from 'vitest'
import {
  formatCommand,
  formatDocument,
  formatLine,
  formatMetricRecord,
  formatRecipeEntry,
  type Result,
  readAutopilotLine,
  readCommand,
  readControlsDocument,
  readDesiredState,
  readFreeze,
  readLedgerLine,
  readMetricRecord,
  readOverlay,
  readRecipeEntry,
  readStateDocument,
} from '../src/index.ts'
import { readBySchema, TuneRecipeSchema } from '../src/schemas.ts'

const readTuneRecipe = (value: unknown): Result<unknown> => readBySchema(TuneRecipeSchema, value)

describe('a refusal names the field, the value and what would be right', () => {
  const lr = { module: 'opt', op: 'set_params', params: { lr: 1 } }
  const decided = { ...lr, seq: 4, step: 3, call: 0, decision: 'applied' }
  const cases: readonly (readonly [(value: unknown) => Result<unknown>, unknown, string | RegExp])[] = [
    [readCommand, 'set lr', 'a command must be a JSON object, got "set lr"'],
    [readCommand, [], 'a command must be a JSON object, got []'],
    [readCommand, {}, '`op` must be a non-empty string, got undefined'],
    [readCommand, { ...lr, module: 3 }, '`module` must be text, got 3'],
    [readCommand, { ...lr, id: [] }, '`id` must be text, got []'],
    [readCommand, { ...lr, params: [1] }, '`params` must be an object, got [1]'],
    [readCommand, { ...lr, ts: '1' }, '`ts` must be a finite number, got "1"'],
    [readCommand, { ...lr, enabled: 'yes' }, '`enabled` must be true or false, got "yes"'],
    [
      readCommand,
      { op: 'load', target: { kind: 'zip', path: 'a' } },
      '`target` must be {kind: file|module|python_file, path, symbol}, got {"kind":"zip","path":"a"}',
    ],
    [readCommand, { ...lr, at: { step: -1 } }, '`at` must be {step: whole number >= 0, event?: text}, got {"step":-1}'],
    [readCommand, { ...lr, expires: {} }, '`expires` must be {step: whole number} or {ts: epoch seconds}, got {}'],
    [readCommand, { ...lr, expect: 'lr' }, '`expect` must be an object {key: value}, got "lr"'],
    [
      readCommand,
      { ...lr, params: { a: { b: Number.POSITIVE_INFINITY } } },
      '`a.b` must be a finite number, got NaN or an infinity',
    ],
    [readLedgerLine, { decision: 'maybe' }, /^`decision` must be one of applied, .*, got "maybe"$/],
    [readLedgerLine, { ...decided, seq: 1e300 }, '`seq` must be a whole number from 0 to 2^52, got 1e+300'],
    [readLedgerLine, { ...decided, seq: -4 }, '`seq` must be a whole number from 0 to 2^52, got -4'],
    [readLedgerLine, { ...decided, step: -5 }, '`step` must be a whole number of at least -1, got -5'],
    [readLedgerLine, { ...decided, step: 4.5 }, '`step` must be a whole number of at least -1, got 4.5'],
    [readLedgerLine, { ...decided, call: -3 }, '`call` must be a whole number of at least 0, got -3'],
    [readFreeze, { mode: 'on' }, '`mode` must be one of off, prod, replay, replay_adjusted, got "on"'],
    [readFreeze, { mode: 'off', step_offset: 1.5 }, '`step_offset` must be a whole number, got 1.5'],
    [readRecipeEntry, 7, 'a recipe entry must be an object, got 7'],
    [readRecipeEntry, lr, '`at` is missing: expected an object'],
    [readRecipeEntry, { ...lr, at: null }, '`at` must be an object, got null'],
    [readRecipeEntry, { ...lr, at: {} }, '`at.step` is missing: expected a whole number, 0 or above'],
    [readRecipeEntry, { ...lr, at: { step: '3' } }, '`at.step` must be a whole number, 0 or above, got "3"'],
    [readOverlay, { patches: {} }, '`patches` must be a list, got {}'],
    [
      readOverlay,
      { patches: [{}, { match: { modul: 'opt' } }] },
      '`patches.1.match.modul` is not a key of an overlay: did you mean `module`?',
    ],
    [readMetricRecord, { step: 1.5, metrics: {} }, '`step` must be a whole number, got 1.5'],
    [readMetricRecord, { step: 1, metrics: { loss: 'x' } }, '`metrics` must be an object of numbers, got {"loss":"x"}'],
    [
      readControlsDocument,
      { controls: [{ param_key: 'lr', type: 'complex' }] },
      '`controls.0.type` must be one of bool, int, float, log_float, choice, tuple, got "complex"',
    ],
    [readStateDocument, { protocol: 1 }, '`kernel` is missing: expected an object'],
    [
      readDesiredState,
      { cb: { callbacks: { probe: { target: 'x.py' } } } },
      '`cb.callbacks.probe.target` must be an object, got "x.py"',
    ],
    [readDesiredState, { opt: 3 }, '`opt` must be an object, got 3'],
    [
      readTuneRecipe,
      { actuators: { opt: { keys: { lr: { bounds: [1] } } } } },
      '`actuators.opt.keys.lr.bounds`: Invalid length: Expected 2 but received 1',
    ],
    [
      readAutopilotLine,
      { action_id: 'a', ts: 1 },
      /^`kind` is missing: expected one of begin, end, alert, proposed, .*$/,
    ],
  ]
  for (const [read, value, message] of cases) {
    test(`${read.name} of ${JSON.stringify(value)}`, () => {
      const reason = read(value)
      const expected = typeof message === 'string' ? message : expect.stringMatching(message)
      expect(reason).toEqual({ ok: false, reason: expected })
    })
  }
})

describe('writers are strict', () => {
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number

  test('a number that JSON cannot represent is refused with its field', () => {
    expect(() => formatLine({ a: [1, { b: nan }] })).toThrow(/^`a\.1\.b` must be a finite number/)
    expect(() => formatDocument({ a: infinity })).toThrow(RangeError)
    expect(() => formatCommand({ op: 'set_params', params: { lr: infinity } })).toThrow(
      /^`params\.lr` must be a finite/,
    )
    expect(() =>
      formatRecipeEntry({
        at: { step: 1, event: null },
        module: 'opt',
        op: 'set_params',
        id: 'main',
        params: { lr: nan },
      }),
    ).toThrow(RangeError)
  })

  test('a command that no kernel would read is not written', () => {
    expect(() => formatCommand({ op: 'set_params', at: { step: -3 } })).toThrow(/^`at` must be/)
    expect(() => formatCommand({ op: '' })).toThrow(RangeError)
  })

  test('in metrics such a number becomes null', () => {
    expect(formatMetricRecord({ step: 3, metrics: { loss: nan, lr: 0.1, big: -infinity } })).toBe(
      '{"step":3,"epoch":null,"wall_time":null,"metrics":{"loss":null,"lr":0.1,"big":null}}\n',
    )
  })
})
