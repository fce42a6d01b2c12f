import { expect, test } from 'vitest'
import { formatRuleProblem, joinRuleSets, type RuleSet, readLimits, readRuleFile } from '../src/index.ts'

function problems(text: string): readonly string[] {
  const read = readRuleFile(text, { file: 'rules.yaml' })
  return read.ok ? [] : read.problems.map(formatRuleProblem)
}

const v2 = (fields: string): string => `version: 2\nrules:\n  - {id: r, ${fields}}\n`
const OK = 'condition: nan, metric: loss, action: {do: rescue}'

test.each([
  ['no YAML', 'rules: [', '1:1: unexpected end of the stream within a flow collection'],
  ['a list', '- 1', '1:1: expected a mapping, got [1]'],
  ['no rules', 'version: 2', '1:1: the list `rules` is missing'],
  ['rules that are not a list', 'rules: 3', '1:8: `rules` must be a list, got 3'],
  ['a rule that is a number', 'rules: [3]', '1:9: expected a mapping, got 3'],
  ['a version that is not known', 'version: 3\nrules: []', '1:10: `version` must be 1 or 2, got 3'],
  [
    'an unknown field of the file',
    'version: 2\nrules: []\nx: 1',
    '3:1: unknown field `x`: choose from version, description, key_metric, rules',
  ],
  [
    'a key metric of version 1',
    'key_metric: loss\nrules: []',
    '1:1: unknown field `key_metric`: choose from version, description, rules',
  ],
  ['a key metric that is a number', 'version: 2\nkey_metric: 3\nrules: []', '2:13: expected a mapping, got 3'],
  [
    'a key metric without a name',
    'version: 2\nkey_metric: {direction: max}\nrules: []',
    '2:13: the key metric needs a `name`',
  ],
  [
    'an unknown direction',
    'version: 2\nkey_metric: {name: a, direction: up}\nrules: []',
    '2:34: unknown `direction` "up": choose from min, max',
  ],
  [
    'an unknown field of the key metric',
    'version: 2\nkey_metric: {name: a, x: 1}\nrules: []',
    '2:23: unknown field `x`: choose from name, direction',
  ],
  [
    'an expression in quotes',
    'version: 2\nrules:\n  - id: q\n    when: "loss > 1 and"\n    action: {do: pause}\n',
    '4:24: the expression ends too early: a number, a name, a string or `(` is expected',
  ],
  [
    'an expression without quotes',
    'version: 2\nrules:\n  - id: q\n    when: loss > 1 and\n    action: {do: pause}\n',
    '4:23: the expression ends too early: a number, a name, a string or `(` is expected',
  ],
  [
    '`__current__`',
    'rules: [{id: a, condition: plateau, action: {params: {lr: "__current__ * 0.5"}}}]',
    '1:54: `__current__` has no meaning; use `lr_mult: 0.5` or, in version 2, `set: {lr: x0.5}`',
  ],
  [
    'an id that is listed twice',
    `version: 2\nrules:\n  - {id: r, ${OK}}\n  - {id: r, ${OK}}\n`,
    '4:10: a rule `r` is already defined at rules.yaml:3',
  ],
])('refused, with line and column: %s', (_what, text, message) => {
  expect(problems(text)[0]).toBe(`rules.yaml:${message}`)
})

const NAN = 'condition: nan'
const DO = 'action: {do: pause}'
const op = (fields: string): string => `${NAN}, action: {op: ${fields}}`

test.each([
  [
    `condition: plato, ${DO}`,
    '24: unknown `condition` "plato": choose from nan, divergence, stuck, grad_explosion, spike, plateau, overfitting, slow, silent',
  ],
  [`${OK}, setle: 3`, '65: unknown field `setle`: did you mean `settle`?'],
  [`condition: plateau, params: {windw: 9}, ${DO}`, '42: unknown field `windw`: did you mean `window`?'],
  [`condition: plateau, params: {window: x}, ${DO}`, '50: `window` must be a number, got "x"'],
  [`condition: overfitting, params: {train_metric: 3}, ${DO}`, '60: `train_metric` must be text, got 3'],
  [DO, '5: rule `r` needs either `condition` or `when`'],
  [`${NAN}, when: x, ${DO}`, '5: rule `r` needs either `condition` or `when`'],
  [`when: loss > 1, params: {a: 1}, ${DO}`, '29: `when` does not accept `params`'],
  [`when: loss > 1, metric: loss, ${DO}`, '29: `when` does not accept `metric`, because the expression names it'],
  [`when: "loss >", ${DO}`, '26: the expression ends too early: a number, a name, a string or `(` is expected'],
  [NAN, '5: rule `r` needs an `action`: {set: {lr: x0.5}}, {do: notify} or {op: ...}'],
  [`${NAN}, action: {do: rescu}`, '42: unknown `do` "rescu": did you mean `rescue`?'],
  [`${NAN}, action: {do: pause, set: {lr: 1}}`, '37: an action must have exactly one of `set`, `do` and `op`'],
  [`${NAN}, action: {}`, '37: an action must have exactly one of `set`, `do` and `op`'],
  [`${NAN}, action: {dew: 3}`, '38: unknown field `dew`: choose from set, do, op'],
  [`${NAN}, action: 3`, '37: expected a mapping, got 3'],
  [`${NAN}, action: {set: {}}`, '43: `set` must name a control, such as {lr: x0.5}'],
  [`${NAN}, action: {set: 3}`, '43: expected a mapping, got 3'],
  [`${NAN}, action: {set: {lr: }}`, '44: `lr` needs a value, such as x0.5'],
  [op('{module: a}'), '42: an op needs `module` and `op`'],
  [op('{op: a}'), '42: an op needs `module` and `op`'],
  [op('{module: a, op: b, params: [1]}'), '69: `params` must be a mapping'],
  [op('{module: a, op: b, params: 3}'), '69: `params` must be a mapping'],
  [op('{module: a, op: b, x: 3}'), '61: unknown field `x`: choose from module, op, id, params'],
  [op('3'), '42: expected a mapping, got 3'],
  [`${NAN}, ${DO}, cooldown: -1`, '60: `cooldown` must be a whole number of at least 0, got -1'],
  [`${NAN}, ${DO}, hold: 0`, '56: `hold` must be a whole number of at least 1, got 0'],
  [`${NAN}, ${DO}, clear: -1`, '57: `clear` must be a whole number of at least 0, got -1'],
  [`${NAN}, ${DO}, settle: 1.5`, '58: `settle` must be a whole number of at least 0, got 1.5'],
  [`${NAN}, ${DO}, enabled: 3`, '59: `enabled` must be true or false, got 3'],
  [`${NAN}, ${DO}, confidence: sure`, '62: unknown `confidence` "sure": choose from high, medium, low'],
  [`${NAN}, ${DO}, metric: [a]`, '58: `metric` must be text, got ["a"]'],
])('the rule {%s} is refused', (fields, message) => {
  expect(problems(v2(fields))[0]).toBe(`rules.yaml:3:${message}`)
})

test('a rule is read with its fields, and with the defaults of the others', () => {
  const rule = (fields: string): unknown => {
    const read = readRuleFile(v2(fields))
    return read.ok ? read.value.rules[0] : read.reason
  }
  const given = 'description: e, hold: 2, clear: 0, cooldown: 0, settle: 0, enabled: false, confidence: low'
  expect(rule(`metric: loss, ${op('{module: a, op: b, id: c, params: {d: 1}}')}, ${given}`)).toEqual({
    ...{ id: 'r', condition: 'nan', params: {}, program: null, metric: 'loss', description: 'e', confidence: 'low' },
    ...{ enabled: false, cooldown: 0, hold: 2, clear: 0, settle: 0, version: 2, place: 'rules.yaml:3' },
    action: { kind: 'op', op: { module: 'a', op: 'b', id: 'c', params: { d: 1 } } },
  })
  const plain = 'condition: overfitting, params: {train_metric: a, window: 9}, action: {op: {module: a, op: b}}'
  expect(rule(`${plain}, hold: 3`)).toEqual({
    ...{ id: 'r', condition: 'overfitting', params: { window: 9, train_metric: 'a' }, program: null, metric: null },
    ...{ description: '', confidence: 'medium', enabled: true, cooldown: 100, hold: 3, clear: 3, settle: 20 },
    ...{ version: 2, place: 'rules.yaml:3', action: { kind: 'op', op: { module: 'a', op: 'b', params: null } } },
  })
  expect(rule(`when: loss > 1, ${DO}`)).toMatchObject({
    ...{ condition: 'when', params: {}, metric: null, program: { text: 'loss > 1' }, hold: 1, clear: 1 },
    action: { kind: 'do', what: 'pause' },
  })
})

test('if two sets have a rule with the same id, the later one is used', () => {
  const set = (id: string, cooldown: number, key: string | null): RuleSet => {
    const read = readRuleFile(`version: 2\nrules:\n  - {id: ${id}, cooldown: ${cooldown}, ${OK}}\n`)
    if (!read.ok) throw new Error(read.reason)
    return { ...read.value, keyMetric: key === null ? null : { name: key, direction: null } }
  }
  const joined = joinRuleSets([set('a', 1, 'x'), set('b', 2, 'y'), set('a', 3, null)])
  expect(joined.rules.map(({ id, cooldown }) => [id, cooldown])).toEqual([
    ['a', 3],
    ['b', 2],
  ])
  expect([joined.keyMetric?.name, joinRuleSets([]).keyMetric]).toEqual(['y', null])
})

test('all problems in a file are listed, and none of its rules are used', () => {
  expect(problems('version: 2\nrules:\n  - {id: a}\n  - {condition: nan}\n')).toEqual([
    'rules.yaml:3:5: rule `a` needs either `condition` or `when`',
    'rules.yaml:3:5: rule `a` needs an `action`: {set: {lr: x0.5}}, {do: notify} or {op: ...}',
    'rules.yaml:4:5: a rule needs an `id`',
  ])
})

test('values can be set, multiplied and increased', () => {
  const read = readRuleFile(
    v2('condition: nan, metric: loss, action: {set: {a: 0.5, b: x0.5, c: +0.5, d: "+-2", e: sgd}}'),
  )
  const action = read.ok ? read.value.rules[0]?.action : undefined
  expect(action).toEqual({
    kind: 'set',
    values: { a: { to: 0.5 }, b: { mul: 0.5 }, c: { add: 0.5 }, d: { add: -2 }, e: { to: 'sgd' } },
  })
})

test('JSON is read as well, and a guideline without a version is version 1', () => {
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

test('the direction of a key metric comes from the file, otherwise from its name', () => {
  const key = (text: string): unknown => {
    const read = readRuleFile(`version: 2\nkey_metric: ${text}\nrules: []`)
    return read.ok ? read.value.keyMetric : read.reason
  }
  expect(key('val_accuracy')).toEqual({ name: 'val_accuracy', direction: 'max' })
  expect(key('{name: foo, direction: max}')).toEqual({ name: 'foo', direction: 'max' })
  expect(key('foo')).toEqual({ name: 'foo', direction: null })
})

test.each([
  [{ lr: { auto: '2' } }, '`limits.lr.auto` must be a ratio such as x2 or a percentage such as 20%, got "2"'],
  [{ lr: { auto: 'x0.5' } }, '`limits.lr.auto` must be a ratio such as x2 or a percentage such as 20%, got "x0.5"'],
  [{ lr: { atuo: 'x2' } }, '`limits.lr` has no field `atuo`: did you mean `auto`?'],
  [{ rescue: true }, '`limits.rescue` must be auto, ask or never, got true'],
  [{ per_run: -1 }, '`limits.per_run` must be a whole number of at least 0, got -1'],
  [[], '`limits` must be a mapping, got []'],
])('limits are refused in one line: %j', (value, reason) => {
  expect(readLimits(value)).toEqual({ ok: false, reason })
})

test("no rule may have an id that is reserved for a language model's actions or agents' requests", () => {
  const reserved = (id: string): readonly string[] =>
    problems(`version: 2\nrules:\n  - {id: ${id}, when: "loss > 1", action: {do: pause}}\n`)
  expect(reserved('ai')).toEqual([
    'rules.yaml:3:10: the id `ai` is reserved for the language model; choose a different one',
  ])
  expect(reserved('agent')).toEqual([
    "rules.yaml:3:10: the id `agent` is reserved for agents' requests; choose a different one",
  ])
})
