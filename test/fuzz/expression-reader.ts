import { check, createNames, type Dialect, evaluate, format, parse, type Scope } from '../../packages/expr/src/index.ts'
import { nearest } from '../../packages/protocol/src/index.ts'
import { Finding, type Reader } from './reader.ts'

const METRICS = ['loss', 'val/loss', 'val_loss', 'grad.norm', 'empty']
const VALUES = Float64Array.from({ length: 10_000 }, (_, i) => 1 / (i + 1))

function scopeOf(dialect: Dialect): Scope {
  return {
    value: (name) => (name === 'empty' ? undefined : name === 'opt' ? { type: 'str', value: 'adam' } : 0.5),
    series: (name) =>
      METRICS.includes(name)
        ? { last: 0.5, first: 1, count: 10_000, age: 1, window: (length) => VALUES.subarray(-length) }
        : undefined,
    control: (key) => (key === 'lr' ? 0.01 : undefined),
    step: 100,
    frac: 0.1,
    names: createNames(dialect, METRICS),
  }
}

// Long enough for every bound, on a busy machine; without bounds an evaluation would never end.
const LONGEST_MS = 2000

/** Expressions, one per line, in both dialects. */
export const expressionReader: Reader = {
  name: 'expression',
  syntax: 'json',
  seeds: [
    '`val/loss` > 1.2 * least(`val/loss`, 20) and frac > 0.3\nmean(loss, 5) < 0.9 ** 2 or not age(loss) <= 10',
    'lr * 2 if opt in ("adam", \'sgd\') else [1, 2.5e-3, (3,)]\nmax(bs // 5, -2 ** 2, 0x1f) % 3 != None',
    '[[1, 2] * 20] * 30 == [[1.0, 2.0] * 20] * 30\n"\\u00e9\\x41" * 100 + opt\nmath.log(ctl(lr)) + step',
    '9**9**9\n((((((1))))))\n1 < 2 <= 3 != 4 not in [5]',
  ],
  read: (input) =>
    input
      .toString('utf8')
      .split('\n')
      .flatMap((text) => (['rule', 'sweep'] as const).flatMap((dialect) => tried(text, dialect))),
}

function tried(text: string, dialect: Dialect): readonly string[] {
  const start = performance.now()
  const program = parse(text, { dialect })
  if (!program.ok) return [placed(program.problem, text)]
  const scope = scopeOf(dialect)
  const known = { names: createNames(dialect, METRICS), controls: ['lr'], nearest }
  const said = check(program.value, known).map((problem) => placed(problem, text))
  const given = evaluate(program.value, scope)
  const took = performance.now() - start
  if (took > LONGEST_MS) throw new Finding(`an expression took ${Math.round(took)} ms`)
  const again = parse(format(program.value), { dialect })
  // The canonical spelling may exceed the length limit of a text. Then only that is reported.
  if (!again.ok && again.problem.code !== 'cost')
    throw new Finding(`the formatted expression cannot be read: ${again.problem.message}`)
  if (again.ok) {
    const same = evaluate(again.value, scope)
    const [one, other] = [given, same].map((outcome) =>
      JSON.stringify(outcome.ok ? outcome.value : outcome.problem.code),
    )
    if (one !== other) throw new Finding(`${format(program.value)}: ${one}, but ${other} after formatting`)
  }
  return [...said, ...(given.ok ? [] : [placed(given.problem, text)])]
}

function placed({ message, start, end }: { message: string; start: number; end: number }, text: string): string {
  if (!(start >= 0 && start <= end && end <= text.length))
    throw new Finding(`a position outside the text: ${start}-${end}`)
  return message
}
