import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, ours, type PythonLoop, pythonLoop, saidByCallbacks, temporaryDirectory, theirs } from './peers.ts'
import { startTrainer } from './trainer.ts'

const LEDGER = 'hotcb.applied.jsonl'

test('a run under our kernel is exported for Python’s, which repeats every change at its step', async () => {
  const dir = temporaryDirectory()
  const trainer = startTrainer(dir)
  const rates = [...trainer.train(1)]
  for (const command of [
    'set lr=0.02',
    'set aux_w=0.25',
    'opt disable',
    'opt enable lr',
    'set lr=0.3 ce=2',
    'revert',
    'cb load beat --path hotcb.modules.cb.callbacks.heartbeat --symbol HeartbeatCallback --init every=1',
  ]) {
    await ours(dir, ...command.split(' '))
    rates.push(...trainer.train(2))
  }
  const { said } = trainer
  trainer.kernel.close()
  const replayed = temporaryDirectory()
  const recipe = join(replayed, 'plan.jsonl')
  expect(await ours(dir, 'recipe', 'export', '--compat', '--out', recipe)).toMatchObject({ code: 0, err: '' })
  expect(await theirs(replayed, 'recipe', 'validate', '--recipe', recipe)).toMatchObject({ code: 0 })
  await theirs(replayed, 'freeze', '--mode', 'replay', '--recipe', recipe, '--policy', 'strict')
  const loop = pythonLoop('unpublished', 'loop.py', replayed)
  // Under `strict` an entry that was not reached is an error.
  const heard = [14, 15].map((step) => `[hotcb:beat] alive event=train_step_end step=${step} epoch=0.000 phase=train`)
  const end = await loop.ask({ steps: rates.length, close: true })
  expect(end).toMatchObject({ ...said(), error: null })
  expect(saidByCallbacks(end['heard'])).toEqual(heard)
  expect(ratesOf(replayed)).toEqual(rates)
  expect(linesOf(replayed, LEDGER).map(({ source, decision }) => [source, decision])).toEqual(
    Array(linesOf(replayed, 'plan.jsonl').length).fill(['replay', 'applied']),
  )
})

test('a run under Python’s kernel is exported with its values, and reproduced by our kernel bit for bit', async () => {
  const { dir, loop } = await runTheirs([
    'set lr=0.02',
    'loss set_params ce=0.1',
    'opt disable --id weight_decay',
    'set lr=0.30000000000000004 nope=1',
    'opt disable',
    'set lr=1e-4',
    'loss set_params aux=1.0',
  ])
  const theirEnd = await loop.ask({ steps: 1 })
  const replayed = temporaryDirectory()
  await ours(replayed, 'init')
  await ours(dir, 'recipe', 'export', '--out', join(replayed, 'plan.jsonl'))
  expect(
    await ours(replayed, 'freeze', '--mode', 'replay', '--recipe', 'plan.jsonl', '--policy', 'strict'),
  ).toMatchObject({ code: 0 })
  const trainer = startTrainer(replayed)
  expect(trainer.train(ratesOf(dir).length)).toEqual(ratesOf(dir))
  const { lr, weight_decay, weights } = theirEnd
  expect(trainer.said()).toMatchObject({ lr, weight_decay, weights })
  // Under `strict`, it throws if an entry was late, missed or failed.
  trainer.kernel.close()
})

test('parts of a run under Python’s kernel that cannot be reproduced are left out of its recipe, and listed', async () => {
  const { dir, loop } = await runTheirs(['set lr=0.02'])
  const mine = join(dir, 'mine.py')
  cpSync(new URL('probe.py', import.meta.url), mine)
  await theirs(dir, 'cb', 'load', 'mine', '--file', mine, '--symbol', 'Probe')
  await loop.ask({ steps: 2 })
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), '{"module":"loss","op":"set_params","params":{"aux":NaN}}\n')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ weights: { aux: null } })
  const exported = await ours(dir, 'recipe', 'export', '--out', 'plan.jsonl')
  expect(exported.err.split('\n')).toEqual([
    'note: step 4, seq 2: callback `mine` is left out: its kernel did not record where it was loaded from',
    'note: step 6, seq 3: left out: `aux` was set to NaN or an infinity',
    '',
  ])
  expect(linesOf(dir, 'plan.jsonl')).toMatchObject([{ at: { step: 2 }, params: { lr: 0.02 } }])
})

test('a recipe that Python’s command line exported has no values, and is refused before a step is trained', async () => {
  const { dir } = await runTheirs(['set lr=0.02'])
  await theirs(dir, 'recipe', 'export')
  const why = '`params` is missing: `set_params` has nothing to set; hotcb 2 exports no values, so export the run again'
  expect(await ours(dir, 'recipe', 'validate')).toMatchObject({ code: 1, err: expect.stringContaining(`:1: ${why}`) })
  expect(await ours(dir, 'freeze', '--mode', 'replay')).toMatchObject({ code: 1, err: expect.stringContaining(why) })
  const replayed = temporaryDirectory()
  cpSync(join(dir, 'hotcb.recipe.jsonl'), join(replayed, 'hotcb.recipe.jsonl'))
  await theirs(replayed, 'freeze', '--mode', 'replay', '--recipe', 'hotcb.recipe.jsonl')
  const trainer = startTrainer(replayed)
  expect(trainer.kernel.apply({ step: 1 }, [])).toMatchObject({ stop: true })
  expect(linesOf(replayed, LEDGER).at(-1)).toMatchObject({
    op: 'freeze',
    decision: 'failed',
    error: expect.stringContaining('hotcb.recipe.jsonl:1: step 2: opt set_params: no_params'),
  })
})

test('a recipe and an overlay as their guides describe them mean the same to both kernels', async () => {
  const recipe = [
    '{"at": {"step": 2, "event": "train_step_end"}, "module": "opt", "op": "set_params", "id": "main", "params": {"lr": 0.02}}',
    '{"at": {"step": 4}, "module": "loss", "op": "set_params", "id": "main", "params": {"aux": 0.7}}',
    '{"at": {"step": 5}, "module": "opt", "op": "set_params", "params": {"lr": 0.05}, "description": "gelöscht"}',
    '{"at": {"step": 6}, "module": "opt", "op": "set_params", "id": "main", "params": {"lr": 0.04, "weight_decay": 0.1}}',
  ]
  const patches = [
    { match: { module: 'opt', has_param: 'lr', nth: 0 }, replace_params: { lr: 0.03 }, shift_step: 1 },
    { match: { at_step: 5 }, drop: true },
    { match: { step_min: 6, op: 'set_params' }, transform_params: { scale: { lr: 0.5 }, add: { weight_decay: 0.05 } } },
    {
      insert: {
        at: { step: 7, event: 'train_step_end' },
        module: 'loss',
        op: 'set_params',
        id: 'main',
        params: { ce: 3 },
      },
    },
  ]
  const dirs = [temporaryDirectory(), temporaryDirectory()] as const
  for (const dir of dirs) {
    writeFileSync(join(dir, 'plan.jsonl'), `${recipe.join('\n')}\n`)
    writeFileSync(join(dir, 'adjust.json'), JSON.stringify({ version: 1, patches }))
    const paths = ['--recipe', join(dir, 'plan.jsonl'), '--adjust', join(dir, 'adjust.json')]
    await theirs(dir, 'freeze', '--mode', 'replay_adjusted', ...paths, '--policy', 'strict', '--step-offset', '2')
  }
  const [mine, hers] = dirs
  const trainer = startTrainer(mine)
  trainer.train(10)
  trainer.kernel.close()
  const loop = pythonLoop('unpublished', 'loop.py', hers)
  expect(await loop.ask({ steps: 10, close: true })).toMatchObject({ ...trainer.said(), error: null })
  const done = (dir: string): unknown =>
    linesOf(dir, LEDGER)
      .filter(({ source }) => source === 'recipe' || source === 'replay')
      .map(({ step, module, decision, payload }) => [step, module, decision, payload])
  expect(done(mine)).toEqual([
    [5, 'opt', 'applied', { lr: 0.03 }],
    [6, 'loss', 'applied', { aux: 0.7 }],
    [8, 'opt', 'applied', { lr: 0.02, weight_decay: 0.15000000000000002 }],
    [9, 'loss', 'applied', { ce: 3 }],
  ])
  expect(done(hers)).toEqual(done(mine))
})

test('a replay that our command line sends to Python’s kernel names its recipe by the absolute path', async () => {
  const { dir, loop } = await runTheirs(['set lr=0.02'])
  await ours(dir, 'recipe', 'export', '--compat', '--out', 'plan.jsonl')
  writeFileSync(join(dir, 'plan.jsonl'), readFileSync(join(dir, 'plan.jsonl'), 'utf8').replace('"step":2', '"step":5'))
  await theirs(dir, 'set', 'lr=0.5')
  await loop.ask({ steps: 1 })
  await ours(dir, 'freeze', '--mode', 'replay', '--recipe', 'plan.jsonl')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ lr: 0.02 })
})

test('our kernel continues a run of Python’s kernel: its values remain, and no command is applied again', async () => {
  const { dir, loop } = await runTheirs(['set lr=0.02', 'loss set_params ce=0.5', 'opt disable --id weight_decay'])
  await loop.end()
  await theirs(dir, 'set', 'lr=0.05')
  appendFileSync(
    join(dir, 'hotcb.commands.jsonl'),
    '{"module":"opt","op":"set_params","params":{"weight_decay":0.2}}\n',
  )
  const before = linesOf(dir, LEDGER)
  const trainer = startTrainer(dir, 8)
  expect(trainer.said()).toMatchObject({ lr: 0.02, weights: { ce: 0.5, aux: 0.5 } })
  trainer.train(1)
  expect(linesOf(dir, LEDGER).slice(before.length)).toMatchObject([{ seq: before.length + 1, op: 'attempt' }])
  await theirs(dir, 'set', 'weight_decay=0.3')
  trainer.train(1)
  expect(linesOf(dir, LEDGER).at(-1)).toMatchObject({
    step: 9,
    decision: 'failed',
    error: 'actuator_disabled: `weight_decay` is disabled: enable it first',
  })
})

test('Python’s kernel continues a run of ours by applying every command again, and ours detects that afterwards', async () => {
  const dir = temporaryDirectory()
  const trainer = startTrainer(dir)
  trainer.train(1)
  await ours(dir, 'set', 'lr=0.02')
  trainer.train(1)
  await ours(dir, 'set', 'lr=0.04')
  trainer.train(1)
  trainer.kernel.close()
  const seq = linesOf(dir, LEDGER).length
  const loop = pythonLoop('unpublished', 'loop.py', dir, '4')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ lr: 0.04 })
  await loop.end()
  expect(linesOf(dir, LEDGER).slice(seq)).toMatchObject([
    { seq: seq + 1, step: 4, payload: { lr: 0.02 } },
    { seq: seq + 2, step: 4, payload: { lr: 0.04 } },
  ])
  const again = startTrainer(dir, 5)
  expect(again.said()).toMatchObject({ lr: 0.04 })
  again.train(1)
  expect(linesOf(dir, LEDGER).slice(seq + 2)).toMatchObject([{ op: 'attempt' }])
})

/** Trains under Python's kernel, two steps after each command, the first of them at step 2. */
async function runTheirs(commands: readonly string[]): Promise<{ dir: string; loop: PythonLoop }> {
  const dir = temporaryDirectory()
  const loop = pythonLoop('unpublished', 'loop.py', dir)
  await loop.ask({ steps: 1 })
  for (const command of commands) {
    await theirs(dir, ...command.split(' '))
    await loop.ask({ steps: 2 })
  }
  return { dir, loop }
}

function ratesOf(dir: string): unknown[] {
  return linesOf(dir, 'hotcb.metrics.jsonl').map(({ metrics }) => (metrics as Record<string, unknown>)['lr'])
}
