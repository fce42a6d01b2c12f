import fc from 'fast-check'

/** A command as a line of `hotcb.commands.jsonl`. */
export type Command = Readonly<Record<string, unknown>>

const pick = fc.constantFrom
const some = <Model extends object>(model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> }): fc.Arbitrary<object> =>
  fc.record(model, { requiredKeys: [] })

const RATES = [0.5, 0.02, 1e-4, 0.30000000000000004, 1, 2, 0, -1, true, null, 'abc', [0.1]]
const DECAYS = [0.1, 0, 1, 1.5, null, false]
const BETAS = [[0.8, 0.99], [0.5, 0.5], 0.3]
const WEIGHTS = [2, 0, 0.1, 101, -1, true, null, 1e-300]
const BEAT = { kind: 'module', path: 'hotcb.modules.cb.callbacks.heartbeat', symbol: 'HeartbeatCallback' }

const rate = pick<unknown>(...RATES)
const weight = pick<unknown>(...WEIGHTS)
const setOptimizer = some({
  lr: rate,
  weight_decay: pick<unknown>(...DECAYS),
  betas: pick<unknown>(...BETAS),
  nope: pick(1),
  opt_idx: pick(0),
})
const setLoss = fc.oneof(
  some({ ce: weight, aux: weight, nope: weight }),
  fc.record({ key: pick('ce', 'aux', 'lr', 'none'), value: weight }),
)
const ids = pick('beat', 'boat')

/** Commands that both kernels understand; half of them are invalid. */
const shared: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: setOptimizer.map((params) => command('opt', 'set_params', 'main', { params })) },
  { weight: 4, arbitrary: setLoss.map((params) => command('loss', 'set_params', 'main', { params })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(pick('opt', 'loss'), pick('enable', 'disable'), pick('lr', 'weight_decay', 'betas', 'ce', 'aux', 'main'))
      .map(([module, op, id]) => command(module, op, id)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(ids, pick({ every: 1 }, { every: 2, message: 'x' }, {}), pick({}, { enabled: true }, { enabled: false }))
      .map(([id, init, enabled]) => command('cb', 'load', id, { target: BEAT, init, ...enabled })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(ids, pick({ every: 1 }, { message: 'läuft' }, { every: 3, message: 'y' }))
      .map(([id, params]) => command('cb', 'set_params', id, { params })),
  },
  { weight: 2, arbitrary: fc.tuple(pick('enable', 'disable', 'unload'), ids).map(([op, id]) => command('cb', op, id)) },
  {
    weight: 1,
    arbitrary: pick(command('core', 'freeze', 'main', { mode: 'prod' }), command('core', 'unfreeze', 'main')),
  },
)

/** Commands that only our kernel understands. */
const ours: fc.Arbitrary<Command> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 14 }), fc.boolean())
    .map(([seq, force]) => command('core', 'revert', 'main', { params: { seq, force } })),
  pick<object>({ lr: [0.3, 0.3] }, { lr: '1e-3' }).map((params) => command('opt', 'set_params', 'main', { params })),
  pick<object>({ ce_w: 0.7 }, { aux_w: 0.2, ce: 3 }).map((params) => command('loss', 'set_params', 'main', { params })),
  fc
    .tuple(pick('enable', 'disable'), pick<object>({ keys: ['lr', 'ce'] }, { keys: ['aux'] }))
    .map(([op, params]) => command('opt', op, 'main', { params })),
)

const stepsOf = (one: fc.Arbitrary<Command>): fc.Arbitrary<Command[][]> =>
  fc.array(fc.array(one, { maxLength: 3 }), { minLength: 1, maxLength: 10 })

/** The commands before each step of a run. */
export const storyForBoth: fc.Arbitrary<Command[][]> = stepsOf(shared)
/** The same, with commands that only our kernel understands. */
export const storyForOurs: fc.Arbitrary<Command[][]> = stepsOf(
  fc.oneof({ weight: 3, arbitrary: shared }, { weight: 1, arbitrary: ours }),
)

const step = fc.integer({ min: 1, max: 8 })
const params = fc.oneof(
  some({ lr: pick(0.1, 0.02, 0.3), weight_decay: pick(0.01, 0.1) }),
  some({ ce: pick(1, 2), aux: pick(0.5, 0.1) }),
)
const entry = fc.record({
  at: fc.record({ step, event: pick('train_step_end') }, { requiredKeys: ['step'] }),
  module: pick('opt', 'loss'),
  op: pick('set_params'),
  id: pick('main', 'other'),
  params: params.filter((asked) => Object.keys(asked).length > 0),
})
const match = some({
  module: pick('opt', 'loss'),
  op: pick('set_params', 'enable'),
  id: pick('main', 'other'),
  at_event: pick('train_step_end', 'val_epoch_end'),
  at_step: step,
  step_min: step,
  step_max: step,
  has_param: pick('lr', 'ce', 'nope'),
  nth: fc.integer({ min: 0, max: 2 }),
})
const change = some({
  match,
  replace_params: some({ lr: pick(0.2, 0.4), ce: pick(4) }),
  transform_params: some({
    scale: some({ lr: pick(0.5), aux: pick(2), nope: pick(3) }),
    add: some({ weight_decay: pick(0.005), lr: pick(0.001) }),
  }),
  shift_step: fc.integer({ min: -2, max: 2 }),
})

/** Entries of a recipe, in any order. */
export const recipe: fc.Arbitrary<object[]> = fc.array(entry, { minLength: 1, maxLength: 8 })
/** Patches of an overlay that are valid for both. */
export const patches: fc.Arbitrary<object[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: change },
    { weight: 1, arbitrary: match.map((matched) => ({ match: matched, drop: true })) },
    { weight: 1, arbitrary: entry.map((insert) => ({ insert })) },
  ),
  { maxLength: 4 },
)

function command(module: string, op: string, id: string, more: object = {}): Command {
  return { module, op, id, ...more }
}
