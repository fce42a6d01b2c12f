import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, ours, temporaryDirectory, theirs } from './peers.ts'
import { startTrainer, type Trainer } from './trainer.ts'

const LEDGER = 'hotcb.applied.jsonl'

test('a command of Python’s command line is applied by our kernel at the next step, with its ledger line', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const decide = decider(dir, trainer)
  expect(await decide('set lr=0.02')).toMatchObject({
    step: 2,
    source: 'external',
    payload: { lr: 0.02 },
    old: { lr: 0.1 },
  })
  expect(await decide('opt set_params weight_decay=0.1')).toMatchObject({ step: 3, payload: { weight_decay: 0.1 } })
  expect(await decide('opt set_params betas=[0.8,0.99]')).toMatchObject({ payload: { betas: [0.8, 0.99] } })
  expect(await decide('loss set_params ce=2.0')).toMatchObject({ module: 'loss', payload: { ce: 2 }, old: { ce: 1 } })
  expect(await decide('loss set_params key=aux value=0.75')).toMatchObject({ payload: { aux: 0.75 } })
  expect(trainer.said()).toMatchObject({ lr: 0.02, weight_decay: 0.1, weights: { ce: 2, aux: 0.75 } })
  expect(linesOf(dir, LEDGER).every(({ decision }) => decision === 'applied')).toBe(true)
})

test('a control that Python’s command line disables by its id refuses changes until it is enabled', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const decide = decider(dir, trainer)
  expect(await decide('opt disable --id weight_decay')).toMatchObject({ decision: 'applied' })
  expect(await decide('set weight_decay=0.2')).toMatchObject({
    decision: 'failed',
    error: 'actuator_disabled: `weight_decay` is disabled: enable it first',
  })
  expect(await decide('opt enable --id weight_decay')).toMatchObject({ decision: 'applied' })
  expect(await decide('set weight_decay=0.2')).toMatchObject({ decision: 'applied' })
})

test('Python’s freeze document is obeyed by our kernel, and recorded', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const decide = decider(dir, trainer)
  expect(await decide('freeze --mode prod')).toMatchObject({ module: 'core', op: 'freeze', payload: { mode: 'prod' } })
  expect(await decide('set lr=0.4')).toMatchObject({ decision: 'ignored_freeze' })
  await decide('freeze --mode off')
  expect(await decide('set lr=0.4')).toMatchObject({ decision: 'applied' })
  expect(trainer.said().lr).toBe(0.4)
})

test('callbacks that come with hotcb 2 are loaded by their Python names, in any script', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const decide = decider(dir, trainer)
  const load =
    'cb load beat --path hotcb.modules.cb.callbacks.heartbeat --symbol HeartbeatCallback --enabled --init every=1'
  expect(await decide(load)).toMatchObject({
    decision: 'applied',
    notes: "Python's `HeartbeatCallback` is `heartbeat` of @hotcb/cb/callbacks",
  })
  expect(await decide('cb set_params beat message=läuft中')).toMatchObject({ payload: { message: 'läuft中' } })
  await decide('disable beat')
  await decide('enable beat')
  await decide('cb unload beat')
  expect(trainer.heard.map((line) => /\[cb beat\] (\S+) .*step=(\d+)/.exec(line)?.slice(1))).toEqual([
    ['alive', '2'],
    ['läuft中', '3'],
    ['läuft中', '5'],
  ])
})

test('if our kernel decides differently from Python’s, its ledger shows it', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const decide = decider(dir, trainer)
  const differences = {
    // Their kernel reads the value as text and refuses it.
    'set lr=1e-4': { decision: 'applied', payload: { lr: 1e-4 } },
    // Unknown to their kernel, although its guides mention it.
    'set aux_w=0.25': { decision: 'applied', old: { aux: 0.5 } },
    // Their kernel sets `lr` and writes a note about the rest.
    'set lr=0.5 nope=3': { decision: 'failed', error: expect.stringContaining('unknown_param: `nope`') },
    // Their kernel reports `applied`.
    'opt disable --id nope': { decision: 'failed', error: expect.stringContaining('unknown_param: `nope`') },
    'cb load mine --file mine.py --symbol Mine': { decision: 'failed', error: expect.stringContaining('is Python') },
    'enable nobody': { decision: 'failed', error: expect.stringContaining('no callback `nobody` is loaded') },
    // Their kernel changes nothing and reports `applied`.
    'opt disable': { decision: 'applied', payload: { keys: ['lr', 'weight_decay', 'betas'] } },
    // Their kernel always has this module.
    'tune enable --mode observe': { decision: 'failed', error: 'this trainer has no module `tune`' },
  }
  for (const [command, answer] of Object.entries(differences))
    expect(await decide(command), command).toMatchObject(answer)
  expect(trainer.said().lr).toBe(1e-4)
})

test('lines of Python’s dashboard and scripts are read, and values that are not numbers are refused', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const decide = (line: string): Record<string, unknown> | undefined => {
    appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${line}\n`)
    trainer.train(1)
    return linesOf(dir, LEDGER).at(-1)
  }
  const opt = '"module": "opt", "op": "set_params"'
  expect(decide(`{${opt}, "params": {"lr": 0.0005}, "ts": 1790000000.25, "source": "autopilot"}`)).toMatchObject({
    source: 'autopilot',
    payload: { lr: 0.0005 },
  })
  expect(decide(`{${opt}, "params": {"lr": 0.0006, "weight_decay": null, "opt_idx": 0}}`)).toMatchObject({
    payload: { lr: 0.0006 },
  })
  const nan = expect.stringContaining('`NaN` is not a valid value in a request')
  expect(decide(`{${opt}, "params": {"lr": NaN}}`)).toMatchObject({ decision: 'rejected', error: nan })
  expect(decide(`{${opt}, "params": {"lr": Infinity}}`)).toMatchObject({ decision: 'rejected' })
  expect(decide(`{${opt}, "params": {"lr": 0.3, "weight_decay": NaN}}`)).toMatchObject({ decision: 'rejected' })
  expect(decide('{"module": "core", "op": "freeze", "mode": "prod"}')).toMatchObject({ payload: { mode: 'prod' } })
  expect(decide('{"module": "core", "op": "unfreeze"}')).toMatchObject({ decision: 'applied' })
  // Their kernel skips these three, or ends the training run.
  expect(decide('{"module": "opt", "op"')).toMatchObject({ decision: 'rejected' })
  expect(decide('[]')).toMatchObject({ decision: 'rejected', error: expect.stringContaining('must be a JSON object') })
  expect(decide('{"module": "cb", "op": "load", "id": "x", "params": {"path": "/x.py"}}')).toMatchObject({
    decision: 'failed',
  })
  expect(trainer.said().lr).toBe(0.0006)
})

test('both command lines write to one file at the same time, and each command is applied once', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const count = 8
  const asked = Array.from({ length: count }, (_, i) => i + 1)
  await Promise.all([
    ...asked.map((i) => theirs(dir, 'set', `ce_w=${i}`, '--id', `their-${i}`)),
    ...asked.map((i) => ours(dir, 'loss', 'set_params', `aux=${i}`, '--id', `our-${i}`)),
  ])
  trainer.train(2)
  const answered = linesOf(dir, LEDGER).filter(({ op }) => op === 'set_params')
  const order = linesOf(dir, 'hotcb.commands.jsonl').map(({ id }) => id)
  expect(answered.map(({ id, step, decision }) => [id, step, decision])).toEqual(order.map((id) => [id, 2, 'applied']))
  expect([...order].sort()).toEqual(asked.flatMap((i) => [`our-${i}`, `their-${i}`]).sort())
})

test('Python’s command line reads the ledger of our kernel and validates its recipe', async () => {
  const { dir, trainer } = await startAfterTheirInit()
  const decide = decider(dir, trainer)
  await decide('set lr=0.02')
  await decide('loss set_params ce=-1')
  await decide('freeze --mode prod')
  const { out } = await theirs(dir, 'status')
  // Their command line may show more of the document in between.
  expect(out.split('\n').filter((line) => !/^ {2}(recipe|adjust|policy): /.test(line))).toEqual([
    'Freeze mode: prod',
    '',
    'Last applied entries (3 handles):',
    '  core:main: freeze @ step 4 [applied]',
    '  opt:main: set_params @ step 2 [applied]',
    '  loss:main: set_params @ step 3 [failed]',
    '',
  ])
  await ours(dir, 'recipe', 'export', '--compat')
  expect(await theirs(dir, 'recipe', 'validate')).toMatchObject({
    code: 0,
    out: expect.stringContaining(': 1 entries, valid.\n'),
  })
})

async function startAfterTheirInit(): Promise<{ dir: string; trainer: Trainer }> {
  const dir = temporaryDirectory()
  await theirs(dir, 'init')
  const trainer = startTrainer(dir)
  trainer.train(1)
  return { dir, trainer }
}

/** Runs one command with Python's command line, trains a step, and returns the lines written about it. */
function decider(dir: string, trainer: Trainer): (command: string) => Promise<Record<string, unknown> | undefined> {
  return async (command) => {
    const { code, err } = await theirs(dir, ...command.split(' '))
    if (code !== 0) throw new Error(`${command}: ${err}`)
    const before = linesOf(dir, LEDGER).length
    trainer.train(1)
    const [line, ...more] = linesOf(dir, LEDGER).slice(before)
    if (more.length > 0) throw new Error(`${command}: ${more.length} lines too many`)
    return line
  }
}
