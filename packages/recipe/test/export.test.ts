import { formatRecipeEntry } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { exportRecipe, formatRecipe, historyOf, readRecipe } from '../src/index.ts'
import { attempt, checkpoint, line, readLines, set } from './lines.ts'

const run = [
  attempt(1, 1, null),
  set(2, 3, { lr: 0.1, scheduler_scale: 0.5 }),
  line(3, 3, { decision: 'failed', params: { lr: 9 }, error: 'above max' }),
  set(4, 5, { strength: 2 }, { module: 'augment', event: null, call: 2 }),
  line(5, 6, {
    module: 'cb',
    op: 'load',
    id: 'probe',
    payload: {
      target: { kind: 'file', path: 'probe.mjs', symbol: 'Probe' },
      init: { every: 2 },
      enabled: true,
      source_capture: { sha256: 'ab', captured_path: 'hotcb.sources/ab.mjs' },
    },
  }),
  line(6, 6, { module: 'ctl', op: 'call', id: 'data.shuffle', params: { args: [1] }, payload: { args: [1] } }),
  line(7, 7, { module: 'core', op: 'pause' }),
  set(8, 9, { decoder: 0.5 }, { module: 'loss' }),
]

describe('exportRecipe', () => {
  test('returns every applied change in the order of history, with everything needed to repeat it', () => {
    const exported = exportRecipe(run)
    expect(exported).toEqual({
      ok: true,
      value: {
        notes: [],
        entries: [
          {
            at: { step: 3, event: 'train_step_end', call: 0 },
            module: 'opt',
            op: 'set_params',
            id: 'main',
            params: { lr: 0.1, scheduler_scale: 0.5 },
            seq: 2,
          },
          {
            at: { step: 5, event: null, call: 2 },
            module: 'augment',
            op: 'set_params',
            id: 'main',
            params: { strength: 2 },
            seq: 4,
          },
          {
            at: { step: 6, event: 'train_step_end', call: 0 },
            module: 'cb',
            op: 'load',
            id: 'probe',
            target: { kind: 'file', path: 'probe.mjs', symbol: 'Probe' },
            init: { every: 2 },
            enabled: true,
            source_capture: { sha256: 'ab', captured_path: 'hotcb.sources/ab.mjs' },
            seq: 5,
          },
          {
            at: { step: 6, event: 'train_step_end', call: 0 },
            module: 'ctl',
            op: 'call',
            id: 'data.shuffle',
            params: { args: [1] },
            seq: 6,
          },
          {
            at: { step: 9, event: 'train_step_end', call: 0 },
            module: 'loss',
            op: 'set_params',
            id: 'main',
            params: { decoder: 0.5 },
            seq: 8,
          },
        ],
      },
    })
  })

  test('is read back from its file unchanged', () => {
    const exported = exportRecipe(historyOf(run))
    if (!exported.ok) throw new Error(exported.reason)
    const read = readRecipe(formatRecipe(exported.value.entries), { file: 'hotcb.recipe.jsonl' })
    expect(read.ok && read.value.entries).toEqual(exported.value.entries)
    expect(read.ok && read.value.lines).toEqual([1, 2, 3, 4, 5])
  })

  test('selects steps and modules', () => {
    const seqs = (options: Parameters<typeof exportRecipe>[1]): unknown => {
      const exported = exportRecipe(run, options)
      return exported.ok && exported.value.entries.map(({ seq }) => seq)
    }
    expect([seqs({ from: 5, to: 6 }), seqs({ modules: ['opt', 'ctl'] }), seqs({ to: 2 })]).toEqual([
      [4, 5, 6],
      [2, 6],
      [],
    ])
  })

  test("writes only ops that hotcb 2's tools support, and lists the others", () => {
    const exported = exportRecipe(run, { compat: true })
    if (!exported.ok) throw new Error(exported.reason)
    expect(exported.value.notes).toEqual([
      'step 5, seq 4: module `augment` is written as `opt`',
      'step 6, seq 5: callback `probe` is left out: `probe.mjs` is not Python',
      'step 6, seq 6: ctl call is left out: hotcb 2 has no equivalent',
    ])
    expect(exported.value.entries.map(formatRecipeEntry).join('')).toBe(
      [
        '{"at":{"step":3,"event":"train_step_end"},"module":"opt","op":"set_params","id":"main","params":{"lr":0.1}}',
        '{"at":{"step":5,"event":"train_step_end"},"module":"opt","op":"set_params","id":"main","params":{"strength":2}}',
        '{"at":{"step":9,"event":"train_step_end"},"module":"loss","op":"set_params","id":"main","params":{"decoder":0.5}}',
        '',
      ].join('\n'),
    )
  })

  test('for hotcb 2 uses the names of weights, writes single switches, and omits what it would set differently', () => {
    const ours = [
      attempt(1, 1, null),
      set(2, 1, { aux_w: 0.5 }, { module: 'loss', old: { aux: 1 } }),
      set(3, 2, { skew_w: 0.5, 'terms.aux': false }, { module: 'loss', old: { skew_w: 1, 'terms.aux': true } }),
      set(4, 3, { lr: 0.1, group: 1 }),
      line(5, 4, { op: 'disable', payload: { keys: ['lr', 'betas'] } }),
      line(6, 5, {
        module: 'cb',
        op: 'load',
        id: 'js',
        payload: { target: { kind: 'file', path: 'a.ts', symbol: 'A' } },
      }),
      line(7, 6, { module: 'cb', op: 'set_params', id: 'js', payload: { every: 2 } }),
      line(8, 7, {
        module: 'cb',
        op: 'load',
        id: 'js',
        payload: { target: { kind: 'module', path: 'mine.probes', symbol: 'A' } },
      }),
      line(9, 8, { module: 'cb', op: 'set_params', id: 'js', payload: { every: 3 } }),
    ]
    const exported = exportRecipe(ours, { compat: true })
    if (!exported.ok) throw new Error(exported.reason)
    expect(exported.value.entries.map(({ at, op, id, params }) => [at.step, op, id, params])).toEqual([
      [1, 'set_params', 'main', { aux: 0.5 }],
      [2, 'set_params', 'main', { skew_w: 0.5 }],
      [4, 'disable', 'main', { key: 'lr' }],
      [4, 'disable', 'main', { key: 'betas' }],
      [7, 'load', 'js', undefined],
      [8, 'set_params', 'js', { every: 3 }],
    ])
    expect(exported.value.notes).toEqual([
      'step 2, seq 3: `terms.aux` is left out: hotcb 2 has no equivalent',
      'step 3, seq 4: left out because it is limited to `group`: hotcb 2 sets every parameter group',
      'step 5, seq 6: callback `js` is left out: `a.ts` is not Python',
    ])
  })

  test("exports switches from hotcb 2's ledgers, but no callback without a recorded path", () => {
    const head = '"step": 4, "event": "train_step_end", "source": "external", "decision": "applied", "params": null'
    const op = (module: string, op: string, id: string): string => `"module": "${module}", "op": "${op}", "id": "${id}"`
    const switched = (op: string): string => `{${head}, ${op}, "payload": {${op}, "source": "external"}}`
    const lines = readLines([
      switched(op('opt', 'disable', 'weight_decay')),
      switched(op('opt', 'disable', 'main')),
      `{${head}, ${op('cb', 'load', 'probe')}, "payload": {"source_capture": {"sha256": "ab", "captured_path": "ab.py"}}}`,
      switched(op('cb', 'disable', 'probe')),
      switched(op('cb', 'enable', 'other')),
      `{${head}, ${op('loss', 'set_params', 'main')}, "payload": {"aux": NaN}}`,
    ])
    const exported = exportRecipe(lines)
    if (!exported.ok) throw new Error(exported.reason)
    expect(exported.value.entries.map(({ op, id, params }) => [op, id, params])).toEqual([
      ['disable', 'weight_decay', { key: 'weight_decay' }],
    ])
    expect(exported.value.notes).toEqual([
      'step 4, seq 3: callback `probe` is left out: its kernel did not record where it was loaded from',
      'step 4, seq 6: left out: `aux` was set to NaN or an infinity',
    ])
  })

  test("reads the values of hotcb 2's ledgers from payload, flat or below params, or from params", () => {
    const texts = [
      '{"seq": 1, "step": 4, "event": "unknown", "module": "opt", "op": "set_params", "id": "main", "decision": "applied", "params": {"lr": 1}, "payload": {"lr": 0.5}}',
      '{"seq": 2, "step": 5, "module": "loss", "op": "set_params", "decision": "applied", "payload": {"params": {"a": 2}}}',
      '{"step": 6, "module": "opt", "op": "set_params", "params": {"lr": 0.01}, "status": "applied"}',
    ]
    const exported = exportRecipe(readLines(texts))
    expect(exported.ok && exported.value.entries.map(({ at, params }) => [at, params])).toEqual([
      [{ step: 4, event: null }, { lr: 0.5 }],
      [{ step: 5, event: null }, { a: 2 }],
      [{ step: 6, event: null }, { lr: 0.01 }],
    ])
  })
})

describe('a run that loaded a checkpoint', () => {
  const beginning = [
    attempt(1, 1, null),
    set(2, 3, { lr: 0.1 }),
    checkpoint(3, 5, 'save', 'own', 6),
    set(4, 8, { lr: 0.2 }),
  ]
  const seqs = (lines: typeof beginning, force = false): unknown => {
    const exported = exportRecipe(lines, { force })
    return exported.ok ? [exported.value.entries.map(({ seq }) => seq), exported.value.notes.length] : exported.reason
  }

  test('is exported without the later changes if it saved the checkpoint itself', () => {
    const lines = [
      ...beginning,
      checkpoint(5, 10, 'load', 'own', 6),
      attempt(6, 1, { step: 6, cut: true }),
      set(7, 7, { lr: 3 }),
    ]
    expect(seqs(lines)).toEqual([[2, 7], 0])
  })

  test('is refused with the number of the line if the save is not its own, unless forced', () => {
    const lines = [...beginning, checkpoint(5, 10, 'load', 'alien', 6), attempt(6, 1, { step: 6, cut: true })]
    expect(seqs(lines)).toBe(
      "seq 5 loads checkpoint `alien` whose save is not in this run's history: the recipe would not reproduce the run; use `--force` to export it anyway",
    )
    expect(seqs(lines, true)).toEqual([[2], 1])
  })

  test('is refused if the save was cut before the load', () => {
    const lines = [
      ...beginning,
      checkpoint(5, 9, 'save', 'late', 10),
      checkpoint(6, 10, 'load', 'own', 6),
      attempt(7, 1, { step: 6, cut: true }),
      checkpoint(8, 7, 'load', 'late', 10),
      attempt(9, 1, { step: 10, cut: true }),
    ]
    expect(seqs(lines)).toMatch(/^seq 8 loads checkpoint `late`/)
  })

  test('can be exported again after going back to a save from before the foreign load', () => {
    const lines = [
      ...beginning,
      checkpoint(5, 10, 'load', 'alien', 9),
      attempt(6, 1, { step: 9, cut: true }),
      checkpoint(7, 12, 'load', 'own', 6),
      attempt(8, 1, { step: 6, cut: true }),
    ]
    expect(seqs(lines)).toEqual([[2], 0])
  })

  test('can be exported again only with a save that the foreign load did not cut', () => {
    const lines = [
      ...beginning,
      checkpoint(5, 10, 'load', 'alien', 4),
      attempt(6, 1, { step: 4, cut: true }),
      checkpoint(7, 5, 'load', 'own', 6),
    ]
    // The seam at 4 cut the save at 6 as well, so `own` now belongs to a different history.
    expect(seqs(lines)).toMatch(/^seq 5 loads checkpoint `alien`/)
    const early = [attempt(1, 1, null), checkpoint(2, 2, 'save', 'early', 3), checkpoint(3, 9, 'load', 'alien', 3)]
    const back = [attempt(4, 1, { step: 3, cut: true }), checkpoint(5, 4, 'load', 'early', 3)]
    expect([seqs(early), seqs([...early, ...back])]).toEqual([expect.stringMatching(/^seq 3/), [[], 0]])
  })

  test('is still refused if its own save came after the foreign load', () => {
    const lines = [
      attempt(1, 1, null),
      checkpoint(2, 9, 'load', 'alien', 3),
      attempt(3, 1, { step: 3, cut: true }),
      checkpoint(4, 5, 'save', 'own', 6),
      checkpoint(5, 8, 'load', 'own', 6),
      attempt(6, 1, { step: 6, cut: true }),
    ]
    expect(seqs(lines)).toMatch(/^seq 2 loads checkpoint `alien`/)
  })
})
