import type { ControlDescription, Json } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { readStep } from '../../src/web/staged/read-step.ts'
import { draftsOf, issuesOf, movedKeys, review, type Staged, stage, unstage } from '../../src/web/staged/staged.ts'
import { formatStaging, readStaging } from '../../src/web/staged/staged-text.ts'
import { openStaging, type StagingStorage } from '../../src/web/staged/staging.ts'

const NOTHING: Staged = new Map()
const NOW = { at: null, note: '', moving: new Set<string>() }

function control(key: string, current: Json, more: Partial<ControlDescription> = {}): ControlDescription {
  const plain = { label: key, step: null, log_base: null, choices: null, state: 'verified' as const }
  return { param_key: key, type: 'float', group: 'optimizer', min: 0, max: 1, current, ...plain, ...more }
}

function memory(text: string | null = null): StagingStorage & { text: string | null } {
  const kept = {
    text,
    read: () => kept.text,
    write(next: string | null) {
      kept.text = next
    },
  }
  return kept
}

test('a command contains the values that were seen when it was staged, and goes to the module of its controls', () => {
  const controls = [control('lr', 0.05), control('recon_w', 1, { group: 'loss' }), control('momentum', 0.9)]
  let staged = stage(NOTHING, controls[0] as ControlDescription, 0.0398, 0)
  staged = stage(staged, controls[1] as ControlDescription, 0.5, 0)
  staged = stage(staged, controls[2] as ControlDescription, 0.8, 0)
  expect(draftsOf(staged, controls, { ...NOW, at: 500, note: 'less noise' })).toEqual([
    {
      module: 'opt',
      op: 'set_params',
      params: { lr: 0.0398, momentum: 0.8 },
      expect: { lr: 0.05, momentum: 0.9 },
      at: { step: 500 },
      note: 'less noise',
    },
    {
      module: 'loss',
      op: 'set_params',
      params: { recon_w: 0.5 },
      expect: { recon_w: 1 },
      at: { step: 500 },
      note: 'less noise',
    },
  ])
})

test('no condition is set for a value that the trainer itself changes, or for an unknown value', () => {
  const controls = [control('lr', 0.05), control('clip_norm', null)]
  let staged = stage(NOTHING, controls[0] as ControlDescription, 0.01, 0)
  expect(draftsOf(staged, controls, { ...NOW, moving: new Set(['lr']) })[0]).not.toHaveProperty('expect')
  staged = stage(NOTHING, controls[1] as ControlDescription, 1, 0)
  expect(draftsOf(staged, controls, NOW)).toEqual([{ module: 'opt', op: 'set_params', params: { clip_norm: 1 } }])
})

test('staging the current value of a control removes its key, and so does a value that a slider cannot distinguish from it', () => {
  const lr = control('lr', 0.05)
  const staged = stage(NOTHING, lr, 0.01, 0)
  expect(stage(staged, lr, 0.05, 0).size).toBe(0)
  expect(stage(staged, lr, 0.0501, 0.005).size).toBe(0)
  expect(stage(staged, lr, 0.0501, 0).get('lr')).toEqual({ value: 0.0501, seen: 0.05 })
  expect(unstage(staged, 'lr').size).toBe(0)
})

test('a value that another person changed in the meantime is noticed, until it is reviewed or edited again', () => {
  const staged = stage(NOTHING, control('lr', 0.05), 0.01, 0)
  expect([...movedKeys(staged, [control('lr', 0.05 * (1 + 1e-12))])]).toEqual([])
  const now = [control('lr', 0.1)]
  expect([...movedKeys(staged, now)]).toEqual(['lr'])
  expect(draftsOf(review(staged, now), now, NOW)[0]?.expect).toEqual({ lr: 0.1 })
  expect([...movedKeys(stage(staged, control('lr', 0.1), 0.02, 0), now)]).toEqual([])
})

test('staging the same value again keeps the seen value, so that the change of another person is still noticed', () => {
  const staged = stage(NOTHING, control('lr', 0.05), 0.01, 0)
  const now = [control('lr', 0.1)]
  const again = stage(staged, control('lr', 0.1), 0.01, 0)
  expect(again.get('lr')).toEqual({ value: 0.01, seen: 0.05 })
  expect([...movedKeys(again, now)]).toEqual(['lr'])
  expect(draftsOf(again, now, NOW)[0]?.expect).toEqual({ lr: 0.05 })
  const betas = stage(NOTHING, control('betas', [0.9, 0.999]), [0.8, 0.999], 0)
  expect(stage(betas, control('betas', [0.7, 0.999]), [0.8, 0.999], 0).get('betas')?.seen).toEqual([0.9, 0.999])
})

test('an invalid value, or one whose control no longer exists, is an issue; there are no issues before the controls are known', () => {
  const staged = stage(stage(NOTHING, control('lr', 0.05), 50, 0), control('old', 1), 2, 0)
  expect(issuesOf(staged, [])).toEqual(new Map())
  const issues = issuesOf(staged, [control('lr', 0.05)])
  expect(issues.get('lr')).toMatch(/must be between 0 and 1, got 50/)
  expect(issues.get('old')).toBe('is not a control of this trainer')
})

test('staged changes are the same after a reload, with their step and note', () => {
  const storage = memory()
  const first = openStaging(storage)
  first.setTraining('a')
  first.stage(control('betas', [0.9, 0.999]), [0.8, 0.99], 0)
  first.setAt('500')
  first.setNote('why not')
  const again = openStaging(storage)
  expect([...again.staged.value]).toEqual([['betas', { value: [0.8, 0.99], seen: [0.9, 0.999] }]])
  expect([again.at.value, again.note.value]).toEqual(['500', 'why not'])
  expect(again.setTraining('a')).toBe(false)
  expect(again.staged.value.size).toBe(1)
})

test('changes that were staged for one training run are dropped when another one uses its directory', () => {
  const storage = memory()
  const first = openStaging(storage)
  first.setTraining('a')
  first.stage(control('lr', 0.05), 0.01, 0)
  const again = openStaging(storage)
  expect(again.setTraining('b')).toBe(true)
  expect(again.staged.value.size).toBe(0)
  expect(storage.text).toBeNull()
})

test('discarded changes can be restored, in addition to those that were staged since', () => {
  const staging = openStaging(memory())
  staging.stage(control('lr', 0.05), 0.01, 0)
  staging.setNote('a try')
  const undo = staging.clear()
  expect([staging.staged.value.size, staging.note.value]).toEqual([0, ''])
  staging.stage(control('momentum', 0.9), 0.8, 0)
  undo()
  expect([...staging.staged.value.keys()]).toEqual(['lr', 'momentum'])
  expect(staging.note.value).toBe('a try')
})

test.each(['', 'nonsense', '[]', '{"training":"a"}', '{"training":"a","at":"","note":"","changes":[["lr",1]]}'])(
  'a text that this page did not write is ignored: %j',
  (text) => {
    expect(readStaging(text)).toBeUndefined()
    expect(openStaging(memory(text)).staged.value.size).toBe(0)
  },
)

test('the text form of staged changes can be read back', () => {
  const kept = {
    training: 'r 2026',
    staged: stage(NOTHING, control('lr', 0.05), 1e-7, 0),
    at: '12',
    note: 'quo"te',
  }
  expect(readStaging(formatStaging(kept))).toEqual(kept)
})

test.each([
  ['', 10, { kind: 'none' }],
  ['399', 10, { kind: 'step', step: 399 }],
  ['400', 10, { kind: 'wrong', reason: 'step 400 is past the end: the run ends after step 399' }],
  ['500', null, { kind: 'wrong', reason: 'step 500 is past the end: the run ends after step 399' }],
  [' 12 ', 10, { kind: 'step', step: 12 }],
  ['10', 10, { kind: 'step', step: 10 }],
  ['9', null, { kind: 'step', step: 9 }],
  ['9', 10, { kind: 'wrong', reason: 'step 9 has passed: the trainer is at step 10' }],
  ['1.5', 10, { kind: 'wrong', reason: 'the step must be a whole number of at least 0, got 1.5' }],
  ['-1', null, { kind: 'wrong', reason: 'the step must be a whole number of at least 0, got -1' }],
  ['soon', null, { kind: 'wrong', reason: 'the step must be a whole number of at least 0, got soon' }],
] as const)('a step typed as %j while the trainer is at %j of 400 is %j', (text, now, read) => {
  expect(readStep(text, now, 400)).toEqual(read)
})

test('without a known total, any later step is accepted', () => {
  expect(readStep('500', 10, null)).toEqual({ kind: 'step', step: 500 })
})
