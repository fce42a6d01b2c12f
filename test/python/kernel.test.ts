import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, ours, oursAsJson, type PythonLoop, pythonLoop, saidByCallbacks, temporaryDirectory } from './peers.ts'

const LEDGER = 'hotcb.applied.jsonl'
const COMMANDS = 'hotcb.commands.jsonl'

test('a command of our command line is applied by Python’s kernel at the next step', async () => {
  const { dir, loop } = await startTheirs()
  await ours(dir, 'set', 'lr=1e-4', 'ce=2')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ lr: 1e-4, weights: { ce: 2, aux: 0.5 } })
  await ours(dir, 'loss', 'set_params', 'aux=0.25')
  await ours(dir, 'opt', 'set_params', 'weight_decay=0.1', 'betas=[0.8, 0.99]')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ weight_decay: 0.1, weights: { ce: 2, aux: 0.25 } })
  const lines = linesOf(dir, LEDGER).map(({ step, module, decision, payload }) => [step, module, decision, payload])
  expect(lines).toEqual([
    [2, 'opt', 'applied', { lr: 1e-4 }],
    [2, 'loss', 'applied', { ce: 2 }],
    [3, 'loss', 'applied', { aux: 0.25 }],
    [3, 'opt', 'applied', { weight_decay: 0.1, betas: [0.8, 0.99] }],
  ])
})

test('a weight given as NAME_w is sent to Python’s kernel under its own name', async () => {
  const { dir, loop } = await startTheirs()
  await ours(dir, 'set', 'aux_w=0.75')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ weights: { ce: 1, aux: 0.75 } })
})

test('a control that our command line disables refuses changes in Python’s kernel', async () => {
  const { dir, loop } = await startTheirs()
  const asked = async (...args: string[]): Promise<unknown> => {
    await ours(dir, ...args)
    await loop.ask({ steps: 1 })
    return linesOf(dir, LEDGER).at(-1)
  }
  await asked('disable', 'weight_decay')
  expect(await asked('set', 'weight_decay=0.2')).toMatchObject({
    decision: 'failed',
    error: 'weight_decay: actuator_disabled:weight_decay',
  })
  // By now, its document of controls no longer contains the disabled ones.
  await asked('set', 'lr=0.2')
  await asked('opt', 'enable', 'weight_decay')
  expect(await asked('set', 'weight_decay=0.2')).toMatchObject({ decision: 'applied' })
})

test('our command line refuses everything that Python’s kernel cannot do, and writes nothing', async () => {
  const { dir, loop } = await startTheirs()
  await ours(dir, 'set', 'lr=0.2')
  await loop.ask({ steps: 1 })
  const before = linesOf(dir, COMMANDS).length
  const refusals = {
    'set lr=0.1 --at 50': 'does not support `--at`, `--expect` or `--expires`',
    'set lr=0.1 --expect lr=0.2': 'does not support `--at`, `--expect` or `--expires`',
    'set lr=0.1 group=0': 'would set every parameter group, regardless of `group`',
    'opt disable': 'enables or disables one control at a time: use `hotcb opt disable KEY`',
    'cb load js --file probe.ts': 'can load only Python callbacks, not `probe.ts`',
    pause: 'does not support `pause`',
    revert: 'does not support `revert`',
    'checkpoint save': 'does not support `checkpoint`',
  }
  for (const [command, reason] of Object.entries(refusals)) {
    const answer = await ours(dir, ...command.split(' '))
    expect(answer, command).toMatchObject({ code: 1, out: '', err: expect.stringContaining(reason) })
    expect(answer.err, command).toContain('this run is trained by hotcb 2')
  }
  expect(linesOf(dir, COMMANDS)).toHaveLength(before)
})

test('`--wait` reports that Python’s kernel does not answer', async () => {
  const { dir } = await startTheirs()
  const waited = await ours(dir, 'set', 'lr=0.2', '--wait')
  expect(waited).toMatchObject({
    code: 0,
    out: expect.stringContaining('queued; this kernel does not answer by `cid`'),
  })
})

test('a callback in Python is loaded, set, switched and unloaded from our command line', async () => {
  const { dir, loop } = await startTheirs()
  cpSync(new URL('probe.py', import.meta.url), join(dir, 'probe.py'))
  const heard: unknown[] = []
  for (const command of [
    'cb load probe --file probe.py --symbol Probe --init every=2',
    'cb set_params probe every=1 word=läuft',
    'disable probe',
    'cb enable probe',
    'cb unload probe',
  ]) {
    expect(await ours(dir, ...command.split(' ')), command).toMatchObject({ code: 0 })
    heard.push(saidByCallbacks((await loop.ask({ steps: 2 }))['heard']))
  }
  expect(heard).toEqual([
    ['probe: here at 2'],
    ['probe: läuft at 4', 'probe: läuft at 5'],
    [],
    ['probe: läuft at 8', 'probe: läuft at 9'],
    [],
  ])
  const [load] = linesOf(dir, LEDGER)
  expect(load?.['payload']).toMatchObject({ source_capture: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } })
})

test('the freeze document that we write is obeyed by Python’s kernel', async () => {
  const { dir, loop } = await startTheirs()
  expect(await ours(dir, 'freeze', '--wait')).toMatchObject({
    code: 0,
    out: '✓ freeze off → prod; this kernel applies it at its next check, without confirming it\n',
  })
  await ours(dir, 'set', 'lr=0.4')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ lr: 0.1 })
  await ours(dir, 'unfreeze')
  await ours(dir, 'set', 'lr=0.4')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ lr: 0.4 })
  expect(linesOf(dir, LEDGER).map(({ decision }) => decision)).toEqual(['ignored_freeze', 'applied'])
})

test('our command line shows the contents of Python’s ledger, metrics and controls, including NaN', async () => {
  const { dir, loop } = await startTheirs()
  await ours(dir, 'set', 'lr=0.2')
  await loop.ask({ steps: 1 })
  await ours(dir, 'set', 'clip_norm=1')
  await loop.ask({ steps: 1 })
  const { last, controls, freeze, metrics } = await oursAsJson(dir, 'status')
  expect(last).toMatchObject({ 'opt:main': { seq: 2, step: 3, op: 'set_params', decision: 'failed' } })
  expect(controls).toMatchObject([{ param_key: 'lr', current: 0.2 }, {}, {}, { param_key: 'ce', current: 1 }, {}])
  expect(freeze).toMatchObject({ mode: 'off' })
  expect(metrics).toMatchObject({ step: 3, values: { lr: 0.2 } })
  expect((await ours(dir, 'log')).out.split('\n').map((line) => line.replace(/ +\S+ {2}step/, ' step').trim())).toEqual(
    [
      expect.stringMatching(/^1 step 2 +external +lr = 0\.2 +applied$/),
      expect.stringMatching(/^2 step 3 +external +clip_norm = 1 +failed +clip_norm: there is no control `clip_norm`$/),
      '',
    ],
  )
  expect((await ours(dir, 'watch', '--once')).out).toMatch(/step 3 +clip_norm = 1 +failed/)
  await ours(dir, 'export', 'metrics', '--format', 'csv')
  const [, first] = readFileSync(join(dir, 'metrics.csv'), 'utf8').split('\n')
  expect(first).toBe('1,0,1,NaN,0.1')
  expect(await ours(dir, 'doctor')).toMatchObject({
    code: 0,
    out: expect.stringContaining('this run uses a foreign kernel'),
  })
})

async function startTheirs(): Promise<{ dir: string; loop: PythonLoop }> {
  const dir = temporaryDirectory()
  const loop = pythonLoop('unpublished', 'loop.py', dir)
  await loop.ask({ steps: 1 })
  if (!existsSync(join(dir, 'hotcb.actuators.json'))) throw new Error('Python’s kernel has not described its controls')
  return { dir, loop }
}
