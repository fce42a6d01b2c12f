import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { controlsToSet } from '../src/node/population/controls-to-set.ts'
import { readMemberLedger } from '../src/node/population/member-ledger.ts'
import { float } from '../src/value.ts'
import { ledgerLine } from './written-ledger.ts'

const POPULATION = { interval: 10, truncation: 0.2, factor: 0.2, resample: 0.25 }

const set = (params: object | null, more: object = {}) => ({ module: 'opt', op: 'set_params', params, payload: params, ...more }) // biome-ignore format: short

/** The ledgers of a member and its donor, and the controls that the member has described. */
function setUp(own: readonly object[], donor: readonly object[], described: readonly object[] | null = []) {
  const results = mkdtempSync(join(tmpdir(), 'controls-'))
  onTestFinished(() => rmSync(results, { recursive: true, force: true }))
  const [mine, theirs] = [own, donor].map((lines, i) => {
    const dir = join(results, String(i))
    mkdirSync(dir)
    writeFileSync(join(dir, 'hotcb.applied.jsonl'), lines.map((line, at) => ledgerLine({ seq: at + 1, ...line })).join('')) // biome-ignore format: short
    return dir
  })
  const [dir = '', other = ''] = [mine, theirs]
  if (described !== null) writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify({ controls: described }))
  return (seq: number, values: readonly (readonly [string, number])[] = [], controls: Readonly<Record<string, string>> = {}) => // biome-ignore format: short
    controlsToSet(dir, readMemberLedger(dir), readMemberLedger(other), seq, { ...POPULATION, controls }, new Map(values.map(([name, value]) => [name, float(value)]))) // biome-ignore format: short
}

test('a load sets the new values, and the controls that differ in the donor at its checkpoint', () => {
  const toSet = setUp(
    [set({ weight_decay: 0.1 }), set({ lr: 0.7 })],
    [set({ weight_decay: 0.1 }), set({ weight_decay: 0.3, momentum: 0.8 }), set({ momentum: 0.5 })],
  )
  expect(toSet(1, [['lr', 0.5]])).toEqual({ ok: true, value: { opt: { lr: 0.5 } } })
  expect(toSet(2, [['lr', 0.5]])).toEqual({ ok: true, value: { opt: { weight_decay: 0.3, momentum: 0.8, lr: 0.5 } } })
  expect(toSet(3)).toEqual({ ok: true, value: { opt: { weight_decay: 0.3, momentum: 0.5 } } })
  expect(toSet(0)).toEqual({ ok: true, value: {} })
  // A parameter takes precedence over a value that was set in the donor.
  expect(toSet(2, [['momentum', 0.9]])).toEqual({ ok: true, value: { opt: { weight_decay: 0.3, momentum: 0.9 } } })
})

test('values of single groups, ramps and failed changes are not copied', () => {
  const toSet = setUp(
    [],
    [
      set({ lr: 0.1, group: 0 }),
      set({ lr: 0.2, groups: [0, 1] }),
      set({ 'ramps.recon_w': 0.3, recon_w: 0.4 }, { module: 'loss' }),
      set({ momentum: 0.5 }, { decision: 'failed', error: 'no' }),
      { module: 'core', op: 'pause', params: null },
    ],
  )
  expect(toSet(9)).toEqual({ ok: true, value: { loss: { recon_w: 0.4 } } })
})

test('each value is sent to the module of its control, and a value that no control accepts is refused', () => {
  const dropout = { param_key: 'dropout', type: 'float', group: 'mutable_state', current: 0.1, min: 0, max: 1 }
  const temperature = { ...dropout, param_key: 'temperature', group: 'custom' }
  const toSet = setUp([], [], [dropout, temperature])
  const found = toSet(0, [['d', 0.5], ['recon_w', 2]], { d: 'dropout', recon_w: 'recon_w' }) // biome-ignore format: pairs
  expect(found.ok && Object.values(found.value)).toEqual(expect.arrayContaining([{ dropout: 0.5 }, { recon_w: 2 }]))
  expect(found.ok && found.value['loss']).toEqual({ recon_w: 2 })
  expect(toSet(0, [['d', 0.5]], { d: 'dropuot' })).toEqual({ ok: false, reason: 'unknown key `dropuot`: did you mean `dropout`?' }) // biome-ignore format: short
  const none = setUp([], [], null)
  expect(none(0, [['lr', 0.5]])).toEqual({ ok: true, value: { opt: { lr: 0.5 } } })
  expect(none(0, [['zzzzzz', 0.5]]).ok).toBe(false)
})
