import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HotController } from '@hotcb/cb/node'
import { expect, onTestFinished, test } from 'vitest'
import { linesOf, ours, published, pythonLoop, temporaryDirectory } from './peers.ts'
import { startTrainer } from './trainer.ts'

// hotcb 0.1, the one that Python's index has: callbacks, a command line for them, and neither kernel nor ledger.

test('the published command line steers callbacks in our kernel, each command with its ledger line', async () => {
  const dir = temporaryDirectory()
  await published(dir, 'init')
  const trainer = startTrainer(dir)
  trainer.train(1)
  for (const command of [
    'load beat --module hotcb.callbacks.heartbeat --symbol HeartbeatCallback --enabled --init every=1',
    'set beat message=läuft',
    'disable beat',
    'enable beat',
    'unload beat',
  ]) {
    expect(await published(dir, ...command.split(' ')), command).toMatchObject({ code: 0 })
    trainer.train(1)
  }
  const lines = linesOf(dir, 'hotcb.applied.jsonl').filter(({ module }) => module === 'cb')
  expect(lines.map(({ step, op, id, source, decision }) => [step, op, id, source, decision])).toEqual([
    [2, 'load', 'beat', 'external', 'applied'],
    [3, 'set_params', 'beat', 'external', 'applied'],
    [4, 'disable', 'beat', 'external', 'applied'],
    [5, 'enable', 'beat', 'external', 'applied'],
    [6, 'unload', 'beat', 'external', 'applied'],
  ])
  expect(trainer.heard.map((line) => /\] (\S+) .* step=(\d)/.exec(line)?.slice(1))).toEqual([
    ['alive', '2'],
    ['läuft', '3'],
    ['läuft', '5'],
  ])
})

test('the published command line steers callbacks in our controller, which needs no kernel either', async () => {
  const dir = temporaryDirectory()
  await published(dir, 'init')
  const { controller, heard } = openController(dir)
  controller.apply({ step: 1 })
  await published(dir, 'load', 'beat', '--module', 'hotcb.callbacks.heartbeat', '--symbol', 'HeartbeatCallback')
  await published(dir, 'set', 'beat', 'every=1', 'message=da')
  controller.apply({ step: 2 })
  // The callback is loaded in the disabled state if `--enabled` is not given.
  expect(controller.status()).toMatchObject({ beat: { enabled: false } })
  await published(dir, 'enable', 'beat')
  controller.apply({ step: 3 })
  await published(dir, 'unload', 'beat')
  controller.apply({ step: 4 })
  expect(heard.filter((line) => line.includes('step='))).toEqual(['[cb beat] da event=train_step_end step=3'])
})

test('a callback file in Python that the published command line loads is refused by its name', async () => {
  const dir = temporaryDirectory()
  const trainer = startTrainer(dir)
  await published(dir, 'load', 'mine', '--file', 'mine.py', '--symbol', 'Mine')
  trainer.train(1)
  expect(linesOf(dir, 'hotcb.applied.jsonl').at(-1)).toMatchObject({
    decision: 'failed',
    error: expect.stringContaining('`mine.py` is Python, which this kernel cannot run'),
  })
})

test('our command line steers callbacks in the published controller', async () => {
  const dir = temporaryDirectory()
  await published(dir, 'init')
  cpSync(new URL('probe.py', import.meta.url), join(dir, 'probe.py'))
  const loop = pythonLoop('published', 'controller.py', dir)
  await loop.ask({ steps: 1 })
  const heard: unknown[] = []
  for (const command of [
    'cb load probe --file probe.py --symbol Probe --init every=2',
    'cb set_params probe every=1 word=läuft',
    'disable probe',
    'enable probe',
    'cb unload probe',
    'cb load beat --path hotcb.callbacks.heartbeat --symbol HeartbeatCallback --init every=1',
  ]) {
    expect(await ours(dir, ...command.split(' ')), command).toMatchObject({ code: 0 })
    const said = await loop.ask({ steps: 2 })
    heard.push((said['heard'] as string[]).filter((line) => !line.startsWith('[hotcb] ')))
  }
  expect(heard).toEqual([
    ['probe: here at 2'],
    ['probe: läuft at 4', 'probe: läuft at 5'],
    [],
    ['probe: läuft at 8', 'probe: läuft at 9'],
    [],
    [12, 13].map((step) => `[hotcb:beat] alive event=train_step_end step=${step} epoch=0.000 phase=None`),
  ])
})

test('one YAML of callbacks means the same to the published controller and to ours', async () => {
  const dir = temporaryDirectory()
  const target = '{kind: module, path: hotcb.callbacks.heartbeat, symbol: HeartbeatCallback}'
  writeFileSync(
    join(dir, 'hotcb.yaml'),
    `version: 1
callbacks:
  loud: {target: ${target}, init: {every: 1}, params: {message: hört}}
  still: {target: ${target}, init: {every: 1}, enabled: false}
`,
  )
  const { controller, heard } = openController(dir)
  controller.apply({ step: 1 })
  const theirs = await pythonLoop('published', 'controller.py', dir).ask({ steps: 1 })
  expect(theirs['status']).toMatchObject({
    loud: { enabled: true, loaded: true },
    still: { enabled: false, loaded: true },
  })
  expect(controller.status()).toMatchObject({ loud: { enabled: true, loaded: true }, still: { enabled: false } })
  const said = /(hört) event=(\S+) step=(\d)/
  const spoken = (lines: unknown): unknown => (lines as string[]).flatMap((line) => said.exec(line)?.slice(1) ?? [])
  expect(spoken(heard)).toEqual(['hört', 'train_step_end', '1'])
  expect(spoken(theirs['heard'])).toEqual(['hört', 'train_step_end', '1'])
})

// PyYAML is from the index too. Without it, their kernel silently reads no YAML.
test('one YAML of wanted values means the same to Python’s kernel and to ours', async () => {
  const yaml = 'version: 1\nopt:\n  params: {lr: 0.02, weight_decay: 0.01}\nloss:\n  params: {aux: 0.25}\n'
  const [mine, hers] = [temporaryDirectory(), temporaryDirectory()]
  for (const dir of [mine, hers]) writeFileSync(join(dir, 'hotcb.yaml'), yaml)
  const loop = pythonLoop('unpublished', 'loop.py', hers)
  const trainer = startTrainer(mine)
  trainer.train(2)
  const { lr, weight_decay, weights } = await loop.ask({ steps: 2 })
  expect({ lr, weight_decay, weights }).toEqual({ lr: 0.02, weight_decay: 0.01, weights: { ce: 1, aux: 0.25 } })
  expect(trainer.said()).toMatchObject({ lr, weight_decay, weights })
  // Ours makes an op of each key.
  const done = (dir: string): unknown =>
    linesOf(dir, 'hotcb.applied.jsonl')
      .filter(({ op }) => op === 'set_params')
      .flatMap(({ step, module, source, decision, payload }) =>
        Object.entries(payload as object).map(([key, value]) => [step, module, source, decision, key, value]),
      )
  expect(done(mine)).toEqual([
    [1, 'opt', 'yaml', 'applied', 'lr', 0.02],
    [1, 'opt', 'yaml', 'applied', 'weight_decay', 0.01],
    [1, 'loss', 'yaml', 'applied', 'aux', 0.25],
  ])
  expect(done(hers)).toEqual(done(mine))
})

test('a YAML of wanted values passes a freeze under Python’s kernel, and not under ours', async () => {
  const dirs = [temporaryDirectory(), temporaryDirectory()] as const
  for (const dir of dirs) {
    writeFileSync(join(dir, 'hotcb.yaml'), 'version: 1\nopt:\n  params: {lr: 0.02}\n')
    writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode": "prod"}')
  }
  expect(await pythonLoop('unpublished', 'loop.py', dirs[0]).ask({ steps: 1 })).toMatchObject({ lr: 0.02 })
  const trainer = startTrainer(dirs[1])
  trainer.train(1)
  expect(trainer.said().lr).toBe(0.1)
  expect(linesOf(dirs[1], 'hotcb.applied.jsonl').at(-1)).toMatchObject({ decision: 'ignored_freeze', source: 'yaml' })
})

function openController(dir: string): { controller: HotController; heard: readonly string[] } {
  const heard: string[] = []
  const controller = new HotController({
    configPath: join(dir, 'hotcb.yaml'),
    commandsPath: join(dir, 'hotcb.commands.jsonl'),
    log: (message) => heard.push(message),
  })
  onTestFinished(() => controller.close())
  return { controller, heard }
}
