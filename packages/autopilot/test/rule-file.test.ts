import { expect, test } from 'vitest'
import { formatRuleProblem, readLimits, readRuleFile } from '../src/index.ts'

function problems(text: string): readonly string[] {
  const read = readRuleFile(text, { file: 'rules.yaml' })
  return read.ok ? [] : read.problems.map(formatRuleProblem)
}

const v2 = (fields: string): string => `version: 2\nrules:\n  - {id: r, ${fields}}\n`
const OK = 'condition: nan, metric: loss, action: {do: rescue}'

test.each([
  ['no YAML', 'rules: [', 'rules.yaml:1:1: '],
  ['a list', '- 1', 'rules.yaml:1:1: a mapping expected'],
  ['no rules', 'version: 2', 'rules.yaml:1:1: the list `rules` is missing'],
  ['a version that is not known', 'version: 3\nrules: []', 'rules.yaml:1:10: `version` must be 1 or 2, got 3'],
  [
    'a misspelt field',
    v2(`${OK}, setle: 3`),
    'rules.yaml:3:65: no field is called `setle` here: did you mean `settle`?',
  ],
  [
    'a misspelt condition',
    v2('condition: plato, action: {do: notify}'),
    'rules.yaml:3:24: no `condition` is called "plato"',
  ],
  [
    'a param of another condition',
    v2(`condition: plateau, params: {windw: 9}, action: {do: notify}`),
    'did you mean `window`?',
  ],
  ['neither condition nor expression', v2('action: {do: notify}'), 'rule `r` needs either `condition` or `when`'],
  ['no action', v2('condition: nan'), 'rule `r` needs an `action`'],
  ['an unknown action', v2('condition: nan, action: {do: rescu}'), 'did you mean `rescue`?'],
  ['a wrong number', v2(`${OK}, cooldown: -1`), '`cooldown` must be a whole number of at least 0, got -1'],
  [
    'an expression that cannot be read',
    v2('when: "loss >", action: {do: notify}'),
    'rules.yaml:3:26: the expression ends too early',
  ],
  [
    '`__current__`',
    'rules: [{id: a, condition: plateau, action: {params: {lr: "__current__ * 0.5"}}}]',
    '`__current__` has no meaning: write `lr_mult: 0.5`',
  ],
  [
    'an id that is listed twice',
    `version: 2\nrules:\n  - {id: r, ${OK}}\n  - {id: r, ${OK}}\n`,
    'rules.yaml:4:10: a rule `r` is already at rules.yaml:3',
  ],
])('refused with its place: %s', (_what, text, message) => {
  expect(problems(text).join('\n')).toContain(message)
})

test('all problems of a file are listed, and nothing of it is used', () => {
  expect(problems('version: 2\nrules:\n  - {id: a}\n  - {condition: nan}\n').length).toBeGreaterThan(1)
})

test('values may be set, multiplied and raised', () => {
  const read = readRuleFile(
    v2('condition: nan, metric: loss, action: {set: {a: 0.5, b: x0.5, c: +0.5, d: "+-2", e: sgd}}'),
  )
  const action = read.ok ? read.value.rules[0]?.action : undefined
  expect(action).toEqual({
    kind: 'set',
    values: { a: { to: 0.5 }, b: { mul: 0.5 }, c: { add: 0.5 }, d: { add: -2 }, e: { to: 'sgd' } },
  })
})

test('JSON is read as well, and a guideline without a version is of version 1', () => {
  const read = readRuleFile(
    '{"rules": [{"id": "a", "condition": "plateau", "metric": "loss", "params": {"window": 3}, "action": {"module": "opt", "op": "set_params", "params": {"lr_mult": 0.5}}}]}',
  )
  expect(read.ok && read.value.rules[0]).toMatchObject({
    id: 'a',
    version: 1,
    cooldown: 10,
    confidence: 'medium',
    action: { values: { lr: { mul: 0.5 } } },
  })
})

test('the direction of a key metric comes from the file, else from its name', () => {
  const key = (text: string): unknown => {
    const read = readRuleFile(`version: 2\nkey_metric: ${text}\nrules: []`)
    return read.ok ? read.value.keyMetric : read.reason
  }
  expect(key('val_accuracy')).toEqual({ name: 'val_accuracy', direction: 'max' })
  expect(key('{name: foo, direction: max}')).toEqual({ name: 'foo', direction: 'max' })
  expect(key('foo')).toEqual({ name: 'foo', direction: null })
})

test.each([
  [{ lr: { auto: '2' } }, '`limits.lr.auto` must be a ratio such as x2 or a share such as 20%, got "2"'],
  [{ lr: { auto: 'x0.5' } }, '`limits.lr.auto` must be a ratio such as x2 or a share such as 20%, got "x0.5"'],
  [{ lr: { atuo: 'x2' } }, '`limits.lr` has no field `atuo`: did you mean `auto`?'],
  [{ rescue: true }, '`limits.rescue` must be auto, ask or never, got true'],
  [{ per_run: -1 }, '`limits.per_run` must be a whole number of at least 0, got -1'],
  [[], '`limits` must be a mapping, got []'],
])('limits are refused with one line: %j', (value, reason) => {
  expect(readLimits(value)).toEqual({ ok: false, reason })
})

test('no rule may have the id that marks the actions of a language model', () => {
  const read = readRuleFile('version: 2\nrules:\n  - {id: ai, when: "loss > 1", action: {do: pause}}\n')
  expect(read.ok || read.reason).toBe(
    'rules.yaml:3:10: the id `ai` is reserved for the language model: choose another one',
  )
})
