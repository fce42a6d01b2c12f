import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  GOOD,
  MALFORMED_LINES,
  MALFORMED_OVERLAYS,
  MISFIT_OVERLAYS,
  MISFIT_RECIPE,
  SENSELESS_LINES,
} from '../../recipe/test/malformed-cases.ts'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

/**
 * Tries to train a few steps with a recipe that cannot be followed; returns why, after checking that no command was
 * applied.
 */
function refusedBy(files: Readonly<Record<string, string>>, freeze: object): unknown {
  const dir = runDir()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ recipe_path: 'r.jsonl', ...freeze }))
  command(dir, { cid: 'live', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const stops = [kernel.continueFrom({ step: 0, maxSteps: 9 }).stop]
  for (let step = 0; step < 3; step++) stops.push(kernel.apply({ step }, ['train_step_end']).stop)
  kernel.close()
  expect(stops).toEqual([true, true, true, true])
  expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.1, 0.2])
  expect(answers(dir).map(({ decision }) => decision)).toEqual(['ignored_replay'])
  const refused = ledger(dir).filter(({ decision }) => decision === 'failed')
  expect(refused.map(({ module, op, payload }) => ({ module, op, ...payload }))).toMatchObject([
    { module: 'core', op: 'freeze', ...freeze },
  ])
  return refused[0]?.error
}

test('a malformed recipe stops the training before its first step, without unfreezing, with a one-line reason', () => {
  for (const [line, reason] of MALFORMED_LINES) {
    const error = refusedBy({ 'r.jsonl': `${GOOD}\n\r\n${line}\n${GOOD}\n` }, { mode: 'replay' })
    expect(error, line).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason))
  }
})

test('an invalid entry also stops it, with file and line', () => {
  for (const [line] of SENSELESS_LINES) {
    const error = refusedBy({ 'r.jsonl': `\n${line}\n` }, { mode: 'replay' })
    expect(error, line).toEqual(expect.stringMatching(/^the recipe does not match this trainer: r\.jsonl:2: [^\n]+$/))
  }
})

test('a missing captured source also stops it, with file, line and path', () => {
  const target = { kind: 'file', path: 'probe.mjs', symbol: 'Probe' }
  const capture = { sha256: 'a'.repeat(64), captured_path: 'hotcb.sources/gone.mjs' }
  const load = { at: { step: 5 }, module: 'cb', op: 'load', id: 'probe', target, source_capture: capture }
  const error = refusedBy({ 'r.jsonl': `${GOOD}\n${JSON.stringify(load)}\n` }, { mode: 'replay' })
  expect(error).toBe(
    'r.jsonl:2: `source_capture.captured_path` "hotcb.sources/gone.mjs": the file does not exist: the folder `hotcb.sources` of its run must be next to the recipe or in this run',
  )
})

test('a malformed overlay, or one that does not match its recipe, also stops it', () => {
  for (const [file, text, reason] of MALFORMED_OVERLAYS) {
    const error = refusedBy({ 'r.jsonl': `${GOOD}\n`, [file]: text }, { mode: 'replay_adjusted', adjust_path: file })
    expect(error, text).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason))
  }
  for (const [text, reason] of MISFIT_OVERLAYS) {
    const files = { 'r.jsonl': MISFIT_RECIPE, 'a.yaml': text }
    expect(refusedBy(files, { mode: 'replay_adjusted', adjust_path: 'a.yaml' }), text).toBe(reason)
  }
})

test('all mismatches with the trainer are reported together', () => {
  const entries = [
    '{"at":{"step":1},"module":"loss","op":"set_params","params":{"distill_w":1}}',
    GOOD,
    '{"at":{"step":2},"module":"cb","op":"enable","id":"probe"}',
    '{"at":{"step":3},"module":"opt","op":"set_params","params":{"lr":-1}}',
  ]
  expect(refusedBy({ 'r.jsonl': `${entries.join('\n')}\n` }, { mode: 'replay' })).toMatch(
    /^the recipe does not match this trainer: r\.jsonl:1: .*`distill_w`.*; r\.jsonl:3: module `cb` is needed.*; r\.jsonl:4: .*lr.*-1[^\n]*$/,
  )
})

test('a wrong value from an overlay is reported with file, line and field of the overlay', () => {
  const place = (text: string): unknown =>
    refusedBy({ 'r.jsonl': `\n${GOOD}\n`, 'a.yaml': text }, { mode: 'replay_adjusted', adjust_path: 'a.yaml' })
  const cases: readonly (readonly [text: string, told: string])[] = [
    [
      'patches:\n- match: {}\n  replace_params:\n    momentum: 0.5\n    lr: 7\n',
      'a.yaml:5: `patches.0.replace_params.lr`: step 1: opt set_params: `lr` must be between 1e-7 and 1, got 7, in r.jsonl:2',
    ],
    [
      'patches:\n- replace_params: { lr: 0.2 }\n- transform_params:\n    scale: { lr: -1 }\n',
      'a.yaml:4: `patches.1.transform_params.scale.lr`: step 1: opt set_params: `lr` must be greater than 0, got -0.2, in r.jsonl:2',
    ],
    [
      'patches:\n- transform_params: { add: { lr: 0.6, momentum: 9 } }\n',
      'a.yaml:2: `patches.0.transform_params.add.lr`: step 1: opt set_params: `lr` must be between 1e-7 and 1, got 1.4 in group head, in r.jsonl:2',
    ],
    [
      'patches:\n- insert:\n    at: { step: 4 }\n    module: loss\n    op: set_params\n    params:\n      ce: 1\n      aux_w: "0x10"\n',
      'a.yaml:8: `patches.0.insert.params.aux_w`: step 4: loss set_params: `aux_w` must be a number, got "0x10"',
    ],
    [
      'patches:\n- shift_step: 2\n- match: { module: opt }\n  replace_params: { lrr: 0.1 }\n',
      'a.yaml:4: `patches.1.replace_params.lrr`: step 3: opt set_params: unknown_param: `lrr`: did you mean `lr`?, in r.jsonl:2',
    ],
  ]
  for (const [text, told] of cases) expect(place(text), text).toBe(`the recipe does not match this trainer: ${told}`)
  expect(
    refusedBy(
      { 'r.jsonl': `${GOOD}\n`, 'a.json': '{"patches": [\n {"replace_params":\n  {"lr": "fast"}}]}' },
      { mode: 'replay_adjusted', adjust_path: 'a.json' },
    ),
  ).toBe(
    'the recipe does not match this trainer: a.json:3: `patches.0.replace_params.lr`: step 1: opt set_params: `lr` must be a number, got "fast", in r.jsonl:1',
  )
})

test('the values that a recipe sets with a checkpoint load are also checked before the first step', () => {
  const load = {
    at: { step: 5 },
    module: 'core',
    op: 'checkpoint',
    params: { action: 'load', tag: 'a', set: { opt: { lr: 9 } } },
  }
  expect(refusedBy({ 'r.jsonl': `${GOOD}\n${JSON.stringify(load)}\n` }, { mode: 'replay' })).toBe(
    'the recipe does not match this trainer: r.jsonl:2: `set.opt.lr` must be between 1e-7 and 1, got 9',
  )
})
