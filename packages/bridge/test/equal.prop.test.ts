import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOneProcess, overTheBridge, type Program, runProgram } from './program.ts'

// `HOTCB_SOAK=1` runs as many cases as a soak test.
const RUNS = process.env['HOTCB_SOAK'] === undefined ? 10 : 300
const TAGS = ['a', 'b'] as const

const number = fc.constantFrom(1e-3, 0.05, 0.3, 1, 13)
const params = fc.oneof(
  fc.record({ lr: number }),
  fc.record({ lr: fc.record({ mul: fc.constantFrom(0.5, 3) }) }),
  fc.record({ lr: number, group: fc.constantFrom('body', 'head', 'tail') }),
  fc.record({ momentum: fc.constantFrom(0.5, 0.99, 2) }),
  fc.record({ scheduler_drop: fc.constantFrom(0.5, 0.1) }),
  fc.record({ scheduler_scale: fc.constantFrom(0.5, 2) }),
  fc.record({ lr: number, weight_decay: number }),
)
const loss = fc.oneof(
  fc.record({ ce: number }),
  fc.record({ aux_w: number, ce: number }),
  fc.record({ 'terms.ce': fc.boolean() }),
  fc.constantFrom(3, 9).map((steps) => ({ 'ramps.aux': { type: 'linear', steps, start: 0, end: 0.7 } })),
  fc.constant({ 'ramps.ce': { type: 'cosine', warmup_frac: 0.2, end: 0.1 } }),
)
const at = fc.record({
  step: fc.nat(24),
  event: fc.option(fc.constantFrom('train_step_end', 'val_epoch_end', 'never'), { nil: undefined }),
})
const core = fc.oneof(
  fc.constant({ op: 'revert', params: {} }),
  fc.record({ op: fc.constant('revert'), params: fc.record({ seq: fc.integer({ min: 1, max: 12 }) }) }),
  fc.record({
    op: fc.constant('checkpoint'),
    params: fc.record({ action: fc.constantFrom('save', 'save', 'load'), tag: fc.constantFrom(...TAGS) }),
  }),
  fc.record({ op: fc.constantFrom('pause', 'resume'), params: fc.constant({}) }),
  fc.record({ op: fc.constant('cancel'), params: fc.record({ cid: fc.constantFrom('c3', 'c5', 'c40') }) }),
)
const asked = fc.oneof(
  { weight: 3, arbitrary: params.map((given) => ({ module: 'opt', op: 'set_params', params: given })) },
  { weight: 3, arbitrary: loss.map((given) => ({ module: 'loss', op: 'set_params', params: given })) },
  { weight: 3, arbitrary: core.map((given) => ({ module: 'core', ...given })) },
  { weight: 1, arbitrary: fc.constant({ module: 'opt', op: 'disable', params: { key: 'momentum' } }) },
  { weight: 1, arbitrary: fc.constant({ module: 'cb', op: 'load', id: 'x' }) },
)
const command = fc
  .record({
    body: asked,
    at: fc.option(at, { nil: undefined }),
    expires: fc.option(fc.record({ step: fc.nat(20) }), { nil: undefined, freq: 8 }),
    expect: fc.option(fc.record({ ce: number }), { nil: undefined, freq: 8 }),
  })
  .map(({ body, ...more }) => ({ ...body, ...more }))
const turn = fc.record({
  commands: fc.array(command, { maxLength: 2 }),
  freeze: fc.option(fc.constantFrom('off' as const, 'prod' as const), { nil: undefined, freq: 12 }),
  look: fc.boolean(),
  submit: fc.option(
    loss.map((given) => ({ module: 'loss', op: 'set_params', params: given })),
    { nil: undefined, freq: 8 },
  ),
  calls: fc.constantFrom(1, 1, 1, 2, 3),
})
const programs: fc.Arbitrary<Program> = fc
  .record({
    hasSchedule: fc.boolean(),
    turns: fc.array(turn, { minLength: 12, maxLength: 22 }),
    restartAt: fc.option(fc.integer({ min: 7, max: 14 }), { nil: null }),
  })
  .map((program) => {
    let count = 0
    const turns = program.turns.map(({ submit, freeze, commands, ...rest }) => ({
      ...rest,
      ...(freeze !== undefined && { freeze }),
      commands: commands.map((one) => ({ ...JSON.parse(JSON.stringify(one)), cid: `c${count++}` })),
      ...(submit !== undefined && { submit: { ...submit, cid: `s${count++}` } }),
    }))
    return { ...program, turns }
  })

test('a run over the bridge has the same ledger, values and metrics as a run in one process', {
  timeout: 900_000,
}, () => {
  fc.assert(
    fc.property(programs, (program) => {
      expect(runProgram(program, overTheBridge)).toEqual(runProgram(program, inOneProcess))
    }),
    { numRuns: RUNS },
  )
})
