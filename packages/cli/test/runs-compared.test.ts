import { readFileSync } from 'node:fs'
import { formatLedgerLine, formatMetricRecord } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { ledgerLine, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const NEXT = 0.30000000000000004

/** Creates a run of four steps. `change` may replace values. */
function run(
  change: (step: number, name: string) => number | undefined = () => undefined,
  document: object = {},
): string {
  const dir = temporaryDirectory()
  const lines = [0, 1, 2, 3].map((step) => {
    const metrics = Object.fromEntries(
      ['loss', 'val_loss', 'time/step'].map((name) => [
        name,
        change(step, name) ?? (name === 'time/step' ? Math.random() : 0.3 + step),
      ]),
    )
    return formatMetricRecord({ step, metrics })
  })
  writeRun(dir, {
    metrics: lines.join(''),
    run: { run_id: 'r', config: 'toy', seed: 1, weights_sha256: 'aa', final_metrics: { loss: 3.3 }, ...document },
  })
  return dir
}

test('replay --verify exits with 0 for identical runs and ignores times', async () => {
  const [a, b] = [run(), run()]
  const said = '✓ identical: 8 values equal bit for bit, and so are the weights, sha256 aa\n'
  expect(await hotcb(['replay', '--verify', a, b])).toEqual({ code: 0, out: said, err: '' })
  expect(await hotcb(['replay', a, '--verify', b])).toEqual({ code: 0, out: said, err: '' })
  expect(await hotcb(['replay', 'verify', a, b])).toEqual({ code: 0, out: said, err: '' })
  expect((await hotcb(['replay', '--verify', a, a])).err).toBe('note: both runs are the same directory\n')
})

test('replay --verify finds a difference of one bit and prints its step, metric and both values', async () => {
  const a = run((step) => (step === 2 ? 0.3 : undefined))
  const b = run((step, name) => (step === 2 ? (name === 'val_loss' ? NEXT : 0.3) : undefined))
  const { code, err } = await hotcb(['replay', '--verify', a, b])
  expect({ code, err }).toEqual({
    code: 1,
    err: `✗ different: \`val_loss\` at step 2, 0.3 in ${a}, 0.30000000000000004 in ${b}; 5 other values before it equal\n`,
  })
  const json = JSON.parse((await hotcb(['--json', 'replay', '--verify', a, b])).out)
  expect(json).toMatchObject({ a, b, verdict: 'different', first: { step: 2, name: 'val_loss', a: 0.3, b: NEXT } })
  expect((await hotcb(['replay', '--verify', a, b, '--metrics', 'loss'])).code).toBe(0)
})

test('replay --verify reports values that only one run has, and different weights', async () => {
  const [a, b] = [run(), run(undefined, { weights_sha256: 'bb' })]
  expect((await hotcb(['replay', '--verify', a, b])).err).toBe(
    `✗ different: the weights, sha256 aa in ${a}, bb in ${b}; all 8 values equal\n`,
  )
  const short = readFileSync(`${a}/hotcb.metrics.jsonl`, 'utf8').split('\n').slice(0, 3)
  writeRun(b, { metrics: `${short.join('\n')}\nnonsense\n`, run: { run_id: 'r', weights_sha256: 'aa' } })
  const { code, err } = await hotcb(['replay', '--verify', a, b])
  expect({ code, err: err.split('\n') }).toEqual({
    code: 1,
    err: [
      `✗ missing: 2 values are in one run only, first \`loss\` at step 3, only in ${a}; 6 values equal`,
      expect.stringMatching(/^note: `.*hotcb\.metrics\.jsonl`: one line is left out: byte \d+: /),
      '',
    ],
  })
})

test.each([
  [['--verify', 'no-a'], 2, 'B is missing: The other run directory.'],
  [['--verify'], 2, 'A is missing: A run directory.'],
  [['a', 'b'], 2, 'unknown command "replay a": `hotcb replay` has preview, --verify'],
  [['--verify', 'no-a', 'no-b'], 1, 'the directory `no-a` does not exist; `hotcb --dir no-a init` creates it'],
])('replay %j is refused', async (words, code, message) => {
  expect(await hotcb(['replay', ...words])).toEqual({
    code,
    out: '',
    err: `hotcb: ${message}\n`,
  })
})

test('a comparison without values is refused', async () => {
  const [a, b] = [run(), run()]
  expect(await hotcb(['replay', '--verify', a, b, '--metrics', 'acc*'])).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `--metrics acc*` matches no metric of either run: they have loss, val_loss, time/step\n',
  })
  const empty = temporaryDirectory()
  writeRun(empty, { commands: '' })
  expect((await hotcb(['replay', '--verify', a, empty])).err).toBe(
    `hotcb: the metrics file \`${empty}/hotcb.metrics.jsonl\` does not exist: nothing to compare\n`,
  )
})

test('diff shows parameters, changes, final metrics and the first divergence, as text and JSON', async () => {
  const a = run()
  const b = run((step, name) => (step === 1 && name === 'loss' ? 5 : undefined), {
    seed: 2,
    final_metrics: { loss: 3.5, extra: 1 },
  })
  const set = ledgerLine({ step: 0, module: 'opt', op: 'set_params', payload: { lr: 0.1 }, cid: 'c' })
  writeRun(b, { ledger: formatLedgerLine(set) })
  const { code, out, err } = await hotcb(['diff', a, b])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const plain = out
    .replaceAll(a, 'A')
    .replaceAll(b, 'B')
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, '  '))
  expect(plain).toEqual([
    'Parameters',
    '  A  B',
    '  seed  1  2',
    'Changes',
    '  +  step 0 train_step_end  opt set_params lr=0.1',
    'Final metrics',
    '  A  B  change',
    '  extra  -  1',
    '  loss  3.3  3.5  +0.2',
    '✗ different: `loss` at step 1, 1.3 in A, 5 in B; 3 other values before it equal',
    '',
  ])
  const json = JSON.parse((await hotcb(['diff', a, b, '--json'])).out)
  expect(json).toMatchObject({
    parameters: [{ name: 'seed', a: 1, b: 2 }],
    changes: [{ kind: 'added', after: { params: { lr: 0.1 } } }],
    finals: [{ name: 'extra', a: null, b: 1 }, { name: 'loss' }],
    verification: { verdict: 'different', first: { step: 1, name: 'loss' } },
    notes: [],
  })
})

test('diff uses the last values as final metrics if the run document is missing or has none', async () => {
  const of = (value: number, document?: object): string => {
    const dir = temporaryDirectory()
    writeRun(dir, {
      metrics:
        formatMetricRecord({ step: 1, metrics: { loss: 9 } }) +
        formatMetricRecord({ step: 2, metrics: { loss: value } }),
      ...(document && { run: document }),
    })
    return dir
  }
  const finals = async (a: string, b: string): Promise<unknown> =>
    JSON.parse((await hotcb(['diff', a, b, '--json'])).out).finals
  expect(await finals(of(0.5), of(0.75))).toEqual([{ name: 'loss', a: 0.5, b: 0.75, change: 0.25 }])
  expect(await finals(of(0.5, { run_id: 'a', config: 'toy' }), of(0.25))).toEqual([
    { name: 'loss', a: 0.5, b: 0.25, change: -0.25 },
  ])
})
