import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UNFROZEN } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { createRouter } from '../src/router.ts'
import { createYamlWatch } from '../src/yaml.ts'
import { ledger, runDir, type ToyTrainer, toyTrainer } from './run-dir.ts'

/** Trains until each text of `hotcb.yaml` has its line; returns those lines. */
function follow(...texts: readonly string[]): {
  readonly lines: readonly (readonly unknown[])[]
  readonly trainer: ToyTrainer
} {
  const dir = runDir()
  const trainer = toyTrainer()
  const told = () => ledger(dir).filter(({ source }) => source === 'yaml')
  writeFileSync(join(dir, 'hotcb.yaml'), texts[0] ?? '')
  const kernel = openKernel(dir, { state: trainer.state, lookMs: 0 })
  kernel.continueFrom({ step: 0 })
  let step = 0
  for (const [i, text] of texts.entries()) {
    if (i > 0) writeFileSync(join(dir, 'hotcb.yaml'), text)
    const seen = (): number => told().filter(({ op }) => op === 'yaml').length
    const until = performance.now() + 300_000
    while (seen() <= i && performance.now() < until) kernel.apply({ step: step++ })
    kernel.apply({ step: step++ })
  }
  kernel.close()
  const lines = told().map(({ op, decision, error, params }) =>
    op === 'yaml' ? [decision, error] : [decision, params],
  )
  return { lines, trainer }
}

test('a YAML with a value that its control would not accept is rejected as a whole, with line and field', () => {
  const cases: readonly (readonly [text: string, error: string])[] = [
    [
      'version: 1\nopt:\n  params:\n    momentum: 0.5\n    lr: 7\n',
      'hotcb.yaml:5: `opt.params.lr` must be between 1e-7 and 1, got 7',
    ],
    [
      'opt: { params: { lr: .nan, momentum: -.inf } }\n',
      'hotcb.yaml:1: `opt.params.lr` must be a finite number, got NaN; `opt.params.momentum` must be a finite number, got an infinity',
    ],
    [
      'cb:\n  callbacks:\n    probe:\n      params: { every: [1, .inf] }\nopt: { params: { momentum: 0.5 } }\n',
      'hotcb.yaml:4: `cb.callbacks.probe.params.every.1` must be a finite number, got an infinity',
    ],
    ['loss:\n  params:\n    ce: 2\n    aux: "0x10"\n', 'hotcb.yaml:4: `loss.params.aux` must be a number, got "0x10"'],
    ['loss:\n  params:\n    terms.ce: 1\n', 'hotcb.yaml:3: `loss.params.terms.ce` must be true or false, got 1'],
    ['opt:\n  params:\n    lr:\n', 'hotcb.yaml:3: `opt.params.lr` must be a number, got null'],
    [
      'loss:\n  params:\n    ramps.aux: { steps: 5, end: 101 }\n',
      'hotcb.yaml:3: `loss.params.ramps.aux.end` must be between 0 and 100, got 101',
    ],
    ['opt:\n  enabled: yes please\n', 'hotcb.yaml:2: `opt.enabled` must be true or false, got "yes please"'],
    ['opt:\n  params:\n    lr: 0.1\n    group: head\n', 'hotcb.yaml:4: `opt.params.group` sets nothing on its own'],
  ]
  for (const [text, error] of cases) {
    const { lines, trainer } = follow(text)
    expect([text, lines]).toEqual([text, [['rejected', error]]])
    expect(trainer.optimizer.paramGroups).toMatchObject([
      { lr: 0.1, momentum: 0.9 },
      { lr: 0.2, momentum: 0.9 },
    ])
    expect(trainer.weights).toEqual({ ce: 1, aux: 0 })
  }
})

test('an empty YAML, one with only comments, and a byte order mark request nothing', () => {
  const router = createRouter([], toyTrainer().state)
  const live = { freeze: UNFROZEN, step: 0 }
  const look = (text: string) =>
    createYamlWatch({ parse: parseYaml, changed: () => true, read: () => text }, router, null).look(live)
  for (const empty of [
    '',
    '\n\n',
    '# nothing yet\n',
    '\ufeff',
    '\ufeff# nothing yet\n  # more\n',
    '---\n',
    '\ufeff---\n# a\n',
  ]) {
    expect([empty, look(empty)]).toEqual([empty, null])
  }
  const wish = '\ufeff# momentum\nopt: { params: { momentum: 0.5 } }\n'
  expect(look(wish)).toMatchObject({ kind: 'ops', ops: [{ module: 'opt', params: { momentum: 0.5 } }] })
})

test('a corrected YAML is applied, and earlier requests stay', () => {
  const { lines, trainer } = follow(
    'opt: { params: { momentum: 0.5 } }\n',
    'opt: { params: { momentum: 0.6, lr: "fast" } }\n',
    'opt: { params: { momentum: 0.6, lr: "1e-3" } }\n',
  )
  expect(lines).toEqual([
    ['applied', null],
    ['applied', { momentum: 0.5 }],
    ['rejected', 'hotcb.yaml:1: `opt.params.lr` must be a number, got "fast"'],
    ['applied', null],
    ['applied', { momentum: 0.6 }],
    ['applied', { lr: '1e-3' }],
  ])
  expect(trainer.optimizer.paramGroups).toMatchObject([
    { lr: 0.001, momentum: 0.6 },
    { lr: 0.002, momentum: 0.6 },
  ])
})
