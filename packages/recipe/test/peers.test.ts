import type { JsonObject, LedgerLine, RecipeEntry } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { exportRecipe } from '../src/index.ts'
import { attempt, line, readLines, set } from './lines.ts'

const BEAT = { kind: 'module', path: 'hotcb.modules.cb.callbacks.heartbeat', symbol: 'HeartbeatCallback' }

describe('a ledger from hotcb 2', () => {
  test('loads a callback once, no matter how often that was requested, with the kept enabled state and parameters', () => {
    const { entries, notes } = exported(
      readLines([
        foreign(1, 'disable', { enabled: false }),
        foreign(2, 'load', { target: BEAT, init: { every: 1 } }),
        foreign(3, 'load', { target: BEAT, init: { every: 9 } }),
        foreign(4, 'load', { target: BEAT, init: {}, enabled: true }),
        foreign(5, 'set_params', { message: 'a' }),
        foreign(6, 'unload', {}),
        foreign(7, 'enable', {}),
        foreign(8, 'set_params', { every: 3 }),
        foreign(9, 'load', { target: BEAT, init: { every: 2 } }),
      ]),
    )
    expect(entries).toEqual([
      [2, 'load', false, undefined],
      [4, 'enable', undefined, undefined],
      [5, 'set_params', undefined, { message: 'a' }],
      [6, 'unload', undefined, undefined],
      [9, 'load', true, { params: { message: 'a', every: 3 } }],
    ])
    expect(notes).toEqual([])
  })

  test('omits a load without a target, and enables and disables that changed nothing', () => {
    const { entries } = exported(
      readLines([
        foreign(1, 'load', { module: 'cb', op: 'load', id: 'beat' }),
        foreign(2, 'unload', {}),
        switched(3, 'enable', 'nope'),
        switched(4, 'disable', 'lr'),
        switched(5, 'enable', 'lr'),
        switched(6, 'enable', 'lr'),
        switched(7, 'disable', 'main'),
      ]),
    )
    expect(entries.map(([step, op]) => [step, op])).toEqual([
      [4, 'disable'],
      [5, 'enable'],
    ])
  })

  test('that continues after ours starts without loaded callbacks, and every enable and disable counts', () => {
    const load = { module: 'cb', op: 'load', id: 'beat', payload: { target: BEAT, init: {}, enabled: true } }
    const { entries } = exported([
      ...readLines([foreign(1, 'load', { target: BEAT })]),
      attempt(2, 1, null),
      line(3, 2, load),
      line(4, 2, { op: 'disable', payload: { keys: ['lr'] } }),
      ...readLines([foreign(3, 'load', { target: BEAT, init: {} }), switched(3, 'enable', 'lr')], 5),
    ])
    expect(entries.map(([step, op]) => [step, op])).toEqual([
      [1, 'load'],
      [2, 'load'],
      [2, 'disable'],
      [3, 'load'],
      [3, 'enable'],
    ])
  })
})

describe('a recipe for hotcb 2', () => {
  test('reloads a callback by unloading it, with its enabled state and the parameters that would be kept', () => {
    const { entries, notes } = exported(
      [
        attempt(1, 1, null),
        loaded(2, 1, { every: 2, message: 'x' }),
        callback(3, 2, 'set_params', { every: 5 }),
        callback(4, 3, 'unload', {}),
        loaded(5, 4, { every: 1 }),
        loaded(6, 5, { every: 7 }, false),
        callback(7, 6, 'set_params', { message: 'y' }),
        callback(8, 7, 'unload', {}),
        loaded(9, 8, {}),
      ],
      true,
    )
    expect(entries).toEqual([
      [1, 'load', true, undefined],
      [2, 'set_params', undefined, { every: 5 }],
      [3, 'unload', undefined, undefined],
      [4, 'load', true, undefined],
      [4, 'set_params', undefined, { every: 1 }],
      [5, 'unload', undefined, undefined],
      [5, 'load', false, undefined],
      [5, 'set_params', undefined, { every: 7 }],
      [6, 'set_params', undefined, { message: 'y' }],
      [7, 'unload', undefined, undefined],
      [8, 'load', true, undefined],
    ])
    const unknown = (key: string): string =>
      `step 8, seq 9: callback \`beat\`: hotcb 2 sets \`${key}\` as before, since its value after the load is unknown`
    expect(notes).toEqual([unknown('every'), unknown('message')])
  })

  test('unloads a callback that a JavaScript callback replaces', () => {
    const js = { target: { kind: 'file', path: 'beat.ts', symbol: 'Beat' }, init: {}, enabled: true }
    const { entries, notes } = exported(
      [attempt(1, 1, null), loaded(2, 1, {}), callback(3, 2, 'load', js), callback(4, 3, 'unload', {})],
      true,
    )
    expect(entries.map(([step, op]) => [step, op])).toEqual([
      [1, 'load'],
      [2, 'unload'],
    ])
    expect(notes).toEqual(['step 2, seq 3: callback `beat` is left out: `beat.ts` is not Python'])
  })

  test('omits the values that its kernel refuses, and lists them', () => {
    const { entries, notes } = exported(
      [
        attempt(1, 1, null),
        set(2, 1, { lr: [0.1, 0.2], weight_decay: 0.5 }),
        set(3, 2, { lr: [0.3, 0.3], betas: [0.9, 0.99] }),
        set(4, 3, { weight_decay: 0 }),
      ],
      true,
    )
    expect(entries.map(([step, , , params]) => [step, params])).toEqual([
      [1, { weight_decay: 0.5 }],
      [2, { lr: 0.3, betas: [0.9, 0.99] }],
    ])
    expect(notes).toEqual([
      'step 1, seq 2: `lr` is left out: hotcb 2 sets one value for every parameter group, got [0.1,0.2]',
      'step 3, seq 4: `weight_decay` 0 is left out: hotcb 2 accepts only values above 0',
    ])
  })
})

type Row = readonly [step: number, op: string, enabled: boolean | undefined, params: JsonObject | null | undefined]

function exported(lines: readonly LedgerLine[], compat = false): { entries: readonly Row[]; notes: readonly string[] } {
  const result = exportRecipe(lines, { compat })
  if (!result.ok) throw new Error(result.reason)
  const row = ({ at, op, enabled, params }: RecipeEntry): Row => [at.step, op, enabled ?? undefined, params]
  return { entries: result.value.entries.map(row), notes: result.value.notes }
}

// Lines as hotcb 2 writes them: without a `cid`.
function foreign(step: number, op: string, payload: object): string {
  return foreignLine(step, { module: 'cb', op, id: 'beat', payload })
}

function switched(step: number, op: string, id: string): string {
  return foreignLine(step, { module: 'opt', op, id, payload: { module: 'opt', op, id, source: 'external' } })
}

function foreignLine(step: number, fields: object): string {
  return JSON.stringify({
    step,
    event: 'train_step_end',
    source: 'external',
    decision: 'applied',
    params: null,
    ...fields,
  })
}

function callback(seq: number, step: number, op: string, payload: JsonObject): LedgerLine {
  return line(seq, step, { module: 'cb', op, id: 'beat', payload })
}

function loaded(seq: number, step: number, init: JsonObject, enabled = true): LedgerLine {
  return callback(seq, step, 'load', { target: BEAT, init, enabled })
}
