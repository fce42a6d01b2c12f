import { expect, test } from 'vitest'
import { branch, choice, float, int, normal, ordered, parseSpace } from '../src/index.ts'

const KINDS = '`float`, `int`, `choice`, `ordered`, `normal`, `branch`'

const WRONG: [string, () => unknown, string][] = [
  ['bounds crossed', () => float(2, 1), '`float` must have low <= high, got 2 and 1'],
  ['log of zero', () => float(0, 1, { log: true }), '`float` must have low > 0 with `log`, got 0'],
  ['log below zero', () => int(-1, 5, { log: true }), '`int` must have low > 0 with `log`, got -1'],
  ['NaN bound', () => float(Number.NaN, 1), '`float` must have finite bounds, got NaN and 1'],
  ['infinite bound', () => float(0, Infinity), '`float` must have finite bounds, got 0 and Infinity'],
  ['half an int', () => int(0.5, 3), '`int` must have whole bounds, got 0.5 and 3'],
  ['range beyond numbers', () => float(-1e308, 1e308), '`float` must span a finite range, got -1e+308 and 1e+308'],
  ['step of zero', () => float(0, 1, { step: 0 }), '`float` must have a step > 0, got 0'],
  ['half a step', () => int(0, 9, { step: 1.5 }), '`int` must have a whole step > 0, got 1.5'],
  [
    'too many steps',
    () => float(0, 1e6, { step: 1e-11 }),
    '`float` must have at most 2^53 values, got step 1e-11 from 0 to 1000000',
  ],
  [
    'a step that is too small relative to its bounds',
    () => float(1e6, 1e6 + 1, { step: 1e-9 }),
    '`float` must have a step that keeps its values distinct, got step 1e-9 from 1000000 to 1000001',
  ],
  ['no values', () => choice([]), '`choice` must have a list of at least one value, got a list of 0'],
  ['a value twice', () => ordered([1, 2, 1]), '`ordered` must have different values, got 1 twice'],
  [
    'a value that JSON loses',
    () => choice([Number.NaN]),
    '`choice` must have values that JSON preserves (string, finite number, boolean, null), got NaN',
  ],
  ['no spread', () => normal(0, 0), '`normal` must have std > 0, got 0'],
  ['no arm', () => branch({}), '`branch` must have at least one arm, got an object'],
  [
    'an arm with a kind',
    () => branch({ a: { kind: float(0, 1) } }),
    '`branch.a` must not have a parameter named `kind`; it is the name of the arm',
  ],
  [
    'a name with a dot',
    () => parseSpace({ 'a.b': float(0, 1) }),
    '`space` has a parameter named "a.b"; a name must not contain a dot',
  ],
  [
    'a parameter without a name',
    () => parseSpace({ '': float(0, 1) }),
    '`space` has a parameter named ""; a name must not be empty',
  ],
  [
    'a name that JavaScript reserves',
    () => parseSpace(JSON.parse('{"__proto__": {"kind": "float", "low": 0, "high": 1}}')),
    '`space` has a parameter named "__proto__"; a name must not be reserved by JavaScript',
  ],
  ['an arm with a dot', () => branch({ 'a.b': {} }), '`branch` has an arm named "a.b"; a name must not contain a dot'],
  [
    'an arm that JavaScript reserves',
    () => branch(JSON.parse('{"__proto__": {}}')),
    '`branch` has an arm named "__proto__"; a name must not be reserved by JavaScript',
  ],
  ['no dimension', () => parseSpace({ x: 3 }), '`x` must be a dimension such as float(0, 1), got 3'],
  [
    'an unknown dimension',
    () => parseSpace({ x: { kind: 'complex' } }),
    `\`x\` must have a \`kind\` of ${KINDS}, got "complex"`,
  ],
  ['no space', () => parseSpace([]), '`space` must be an object of dimensions, got a list of 0'],
  [
    'an extra key in JSON',
    () => parseSpace({ lr: { kind: 'float', low: 0, higth: 1, high: 1 } }),
    '`lr` has an unknown key `higth`, did you mean `high`?',
  ],
  [
    'a key of another kind of dimension',
    () => parseSpace({ b: { kind: 'branch', arms: { a: { n: { kind: 'normal', mean: 0, std: 1, low: 0 } } } } }),
    '`b.a.n` has an unknown key `low`, did you mean `log`?',
  ],
  [
    'an unknown key that is near nothing',
    () => parseSpace({ c: { kind: 'choice', values: [1], description: '' } }),
    '`c` has an unknown key `description`, it accepts `kind`, `values`',
  ],
  [
    'a misspelt kind',
    () => parseSpace({ x: { kind: 'flaot', low: 0, high: 1 } }),
    `\`x\` must have a \`kind\` of ${KINDS}, got "flaot", did you mean \`float\`?`,
  ],
  [
    'a log that is not true or false',
    () => parseSpace({ x: { kind: 'float', low: 1, high: 2, log: 'yes' } }),
    '`x` must have a `log` of true or false, got "yes"',
  ],
  [
    'an unknown option',
    () => float(0, 1, { stpe: 0.1 } as object),
    '`float` has an unknown key `stpe`, did you mean `step`?',
  ],
  ['malformed options', () => int(0, 1, null as never), 'the options of `int` must be an object, got null'],
  [
    'a step larger than the range',
    () => float(0, 1, { step: 1.5 }),
    '`float` must have a step of at most its range 1, got step 1.5 from 0 to 1',
  ],
  [
    'a step larger than a range of ints',
    () => int(0, 3, { step: 4 }),
    '`int` must have a step of at most its range 3, got step 4 from 0 to 3',
  ],
  [
    'more ints than floating point can represent',
    () => int(-(2 ** 53 - 1), 2 ** 53 - 1),
    '`int` must have at most 2^53 values, got step 1 from -9007199254740991 to 9007199254740991',
  ],
  [
    'a bad arm inside JSON',
    () => parseSpace({ b: { kind: 'branch', arms: { on: { x: { kind: 'int', low: 3, high: 1 } } } } }),
    '`b.on.x` must have low <= high, got 3 and 1',
  ],
  ['an infinite lower bound', () => int(-Infinity, 3), '`int` must have whole bounds, got -Infinity and 3'],
  ['a NaN upper bound', () => float(0, Number.NaN), '`float` must have finite bounds, got 0 and NaN'],
  ['half an upper int', () => int(0, 3.5), '`int` must have whole bounds, got 0 and 3.5'],
  ['a step below zero', () => float(0, 1, { step: -1 }), '`float` must have a step > 0, got -1'],
  ['an infinite step', () => float(0, 1, { step: Infinity }), '`float` must have a step > 0, got Infinity'],
  ['a NaN step', () => int(0, 9, { step: Number.NaN }), '`int` must have a whole step > 0, got NaN'],
  [
    'a step that is too small relative to a lower bound',
    () => float(-1e6, 0, { step: 9.9e-7 }),
    '`float` must have a step that keeps its values distinct, got step 9.9e-7 from -1000000 to 0',
  ],
  ['values in text', () => choice('ab' as never), '`choice` must have a list of at least one value, got "ab"'],
  ['an empty order', () => ordered([]), '`ordered` must have a list of at least one value, got a list of 0'],
  ...[undefined, () => 1, [], {}].map((value, i): [string, () => unknown, string] => [
    `value ${i} that JSON loses`,
    () => choice([1, value as never]),
    `\`choice\` must have values that JSON preserves (string, finite number, boolean, null), got ${['undefined', 'a function', 'a list of 0', 'an object'][i]}`,
  ]),
  ['null twice', () => choice([null, 1, null]), '`choice` must have different values, got null twice'],
  ['a NaN mean', () => normal(Number.NaN, 1), '`normal` must have a finite mean, got NaN'],
  ['an infinite spread', () => normal(0, Infinity), '`normal` must have std > 0, got Infinity'],
  ['a spread below zero', () => normal(0, -1), '`normal` must have std > 0, got -1'],
  ['null arms', () => branch(null as never), '`branch` must have at least one arm, got null'],
  ['a list of arms', () => branch([{}] as never), '`branch` must have at least one arm, got a list of 1'],
  ['arms in text', () => branch('a' as never), '`branch` must have at least one arm, got "a"'],
  ['an arm that is not a space', () => branch({ a: 3 as never }), '`branch.a` must be an object of dimensions, got 3'],
  ['an arm of null', () => branch({ a: null as never }), '`branch.a` must be an object of dimensions, got null'],
  [
    'an inner name with a dot',
    () => branch({ a: { 'x.y': float(0, 1) } }),
    '`branch.a` has a parameter named "x.y"; a name must not contain a dot',
  ],
  ['a space of null', () => parseSpace(null), '`space` must be an object of dimensions, got null'],
  ['a space in text', () => parseSpace('x'), '`space` must be an object of dimensions, got "x"'],
  ['a dimension of null', () => parseSpace({ x: null }), '`x` must be a dimension such as float(0, 1), got null'],
  ['a list as dimension', () => parseSpace({ x: [] }), `\`x\` must have a \`kind\` of ${KINDS}, got undefined`],
  ['a number as kind', () => parseSpace({ x: { kind: 3 } }), `\`x\` must have a \`kind\` of ${KINDS}, got 3`],
  ['options in text', () => float(0, 1, 'log' as never), 'the options of `float` must be an object, got "log"'],
  ...Object.entries({
    int: 'did you mean `step`?',
    float: 'did you mean `step`?',
    normal: 'it accepts `kind`, `mean`, `std`, `log`',
    ordered: 'it accepts `kind`, `values`',
    branch: 'it accepts `kind`, `arms`',
  }).map(([kind, hint]): [string, () => unknown, string] => [
    `a wrong key of ${kind}`,
    () => parseSpace({ x: { kind, stepp: 1 } }),
    `\`x\` has an unknown key \`stepp\`, ${hint}`,
  ]),
]

test.each(WRONG)('a space is rejected for %s', (_name, run, message) => {
  let refusal = 'not refused'
  try {
    run()
  } catch (error) {
    if (error instanceof Error) refusal = error.message
  }
  expect(refusal).toBe(message)
})

test('values just within the limits are accepted', () => {
  const space = {
    one: float(2, 2),
    zero: float(0, 0, { step: 0.5 }),
    ones: int(1, 1, { log: true, step: 9 }),
    tiny: float(5e-324, 1, { log: true }),
    range: float(0, 1, { step: 1 }),
    fine: float(-1, 1, { step: 1e-12 }),
    wide: int(0, 2 ** 53 - 1),
    below: float(-5, -1, { log: false, step: 0.5 }),
    unstepped: float(0, 1, { step: undefined as never }),
    huge: float(-8e307, 8e307),
    any: choice(['', 'a', 0, -1.5, true, false, null]),
    single: ordered([1]),
    tight: normal(-1e300, 5e-324, { log: true }),
    arms: branch({ '': {}, one: { deep: branch({ only: {} }) } }),
  }
  expect(parseSpace(JSON.parse(JSON.stringify(space)))).toEqual(space)
})
