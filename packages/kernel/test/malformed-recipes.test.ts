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

/** Tries to train a few steps with a recipe that cannot be followed; gives why, after looking that nothing passed. */
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

test('a malformed recipe stops the training before its first step, never unfrozen, named in one line', () => {
  for (const [line, reason] of MALFORMED_LINES) {
    const error = refusedBy({ 'r.jsonl': `${GOOD}\n\r\n${line}\n${GOOD}\n` }, { mode: 'replay' })
    expect(error, line).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason))
  }
})

test('an entry that makes no sense stops it too, by file and line', () => {
  for (const [line] of SENSELESS_LINES) {
    const error = refusedBy({ 'r.jsonl': `\n${line}\n` }, { mode: 'replay' })
    expect(error, line).toEqual(expect.stringMatching(/^the recipe does not fit this trainer: r\.jsonl:2: [^\n]+$/))
  }
})

test('so does a malformed overlay, and one that does not fit its recipe', () => {
  for (const [file, text, reason] of MALFORMED_OVERLAYS) {
    const error = refusedBy({ 'r.jsonl': `${GOOD}\n`, [file]: text }, { mode: 'replay_adjusted', adjust_path: file })
    expect(error, text).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason))
  }
  for (const [text, reason] of MISFIT_OVERLAYS) {
    const files = { 'r.jsonl': MISFIT_RECIPE, 'a.yaml': text }
    expect(refusedBy(files, { mode: 'replay_adjusted', adjust_path: 'a.yaml' }), text).toBe(reason)
  }
})

test('all that does not fit the trainer is named together', () => {
  const entries = [
    '{"at":{"step":1},"module":"loss","op":"set_params","params":{"distill_w":1}}',
    GOOD,
    '{"at":{"step":2},"module":"cb","op":"enable","id":"probe"}',
    '{"at":{"step":3},"module":"opt","op":"set_params","params":{"lr":-1}}',
  ]
  expect(refusedBy({ 'r.jsonl': `${entries.join('\n')}\n` }, { mode: 'replay' })).toMatch(
    /^the recipe does not fit this trainer: r\.jsonl:1: .*`distill_w`.*; r\.jsonl:3: module `cb` is needed.*; r\.jsonl:4: .*lr.*-1[^\n]*$/,
  )
})
