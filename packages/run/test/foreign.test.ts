import { expect, test } from 'vitest'
import { type ForeignCommand, toForeignCommand } from '../src/index.ts'

const CONTROLS = new Set(['lr', 'aux', 'skew_w'])

test('a weight is sent to hotcb 2 by its own name, and everything else unchanged', () => {
  const worded = (command: ForeignCommand): unknown => {
    const said = toForeignCommand(command, CONTROLS)
    return said.ok ? said.value : said.reason
  }
  const set = (params: object): ForeignCommand => ({ module: 'loss', op: 'set_params', params })
  expect(worded(set({ aux_w: 1, skew_w: 2, other_w: 3 }))).toEqual(set({ aux: 1, skew_w: 2, other_w: 3 }))
  for (const command of [
    { module: 'opt', op: 'disable', params: { key: 'lr' } },
    { module: 'cb', op: 'disable', params: null },
    { module: 'cb', op: 'set_params', params: { aux_w: 1 } },
    { module: 'cb', op: 'load', target: { kind: 'python_file', path: 'a.py', symbol: 'A' } },
  ]) {
    expect(worded(command)).toEqual(command)
  }
})

test.each([
  [{ module: 'core', op: 'pause' }, 'does not support `pause`'],
  [{ module: 'core', op: 'freeze', params: { mode: 'prod' } }, 'reads its freeze from `hotcb.freeze.json`'],
  [{ module: 'opt', op: 'disable' }, 'enables or disables one control at a time: use `hotcb opt disable KEY`'],
  [{ module: 'opt', op: 'set_params', params: { lr: 1, group: 0 } }, 'would set every parameter group'],
  [{ module: 'opt', op: 'set_params', params: { lr: { mul: 0.5 } } }, 'does not support relative values such as `lr`'],
  [{ module: 'cb', op: 'load', target: { kind: 'file', path: 'a.ts' } }, 'can load only Python callbacks, not `a.ts`'],
])('%j is refused for hotcb 2', (command, reason) => {
  expect(toForeignCommand(command, CONTROLS)).toEqual({
    ok: false,
    reason: expect.stringContaining(`this run is trained by hotcb 2 in Python, which ${reason}`),
  })
})
