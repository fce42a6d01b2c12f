import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, pythonLoop, temporaryDirectory, theirs } from './peers.ts'
import { startTrainer } from './trainer.ts'

// The same files before both kernels: what each says to them. Whoever changes one of these changes a promise.

test('of several parameters Python’s kernel sets those it can, ours all or none', async () => {
  const both = await startBoth()
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.5, nope: 3 } })
  expect(await both.decisions()).toEqual({ theirs: ['applied'], ours: ['failed'] })
  expect(await both.rates()).toEqual({ theirs: 0.5, ours: 0.1 })
})

test('numbers in text are no numbers to Python’s kernel', async () => {
  const both = await startBoth()
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: '1e-4' } })
  expect(await both.decisions()).toEqual({ theirs: ['failed'], ours: ['applied'] })
})

test('what is no command is passed over by Python’s kernel, and has its line in ours', async () => {
  const both = await startBoth()
  await both.append('{"module": "opt", "op"\nnot JSON\n')
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.2 } })
  expect(await both.decisions()).toEqual({ theirs: ['applied'], ours: ['rejected', 'rejected', 'applied'] })
})

test('a command that is written in two halves is lost to Python’s kernel, and ours waits for the rest', async () => {
  const both = await startBoth()
  await both.append('{"module": "opt", "op": "set_params", "id": ')
  await both.append('"main", "params": {"lr": 0.2}}\n')
  expect(await both.decisions()).toEqual({ theirs: [], ours: ['applied'] })
})

test('a command that is no object ends a training under Python’s kernel, and not one under ours', async () => {
  const both = await startBoth()
  expect(await both.append('5\n')).toBe("AttributeError: 'int' object has no attribute 'get'")
  expect((await both.decisions()).ours).toEqual(['rejected'])
})

test('callbacks that cannot be loaded are applied, says Python’s kernel', async () => {
  const both = await startBoth()
  const target = { kind: 'module', path: 'not.there', symbol: 'Nothing' }
  await both.command({ module: 'cb', op: 'load', id: 'none', target })
  await both.command({ module: 'cb', op: 'enable', id: 'nobody' })
  expect(await both.decisions()).toEqual({ theirs: ['applied', 'applied'], ours: ['failed', 'failed'] })
})

test('a freeze document that cannot be read opens Python’s kernel, and closes ours', async () => {
  const both = await startBoth((dir) => writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode": "pro'))
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.2 } })
  expect(await both.decisions()).toEqual({ theirs: ['applied'], ours: ['ignored_freeze'] })
})

test('an overlay beside a plain replay is applied by Python’s kernel, and left alone by ours', async () => {
  const both = await startBoth(async (dir) => {
    const entry = { at: { step: 1, event: 'train_step_end' }, module: 'opt', op: 'set_params', id: 'main' }
    writeFileSync(join(dir, 'plan.jsonl'), `${JSON.stringify({ ...entry, params: { lr: 0.2 } })}\n`)
    writeFileSync(join(dir, 'adjust.json'), '{"patches": [{"match": {}, "replace_params": {"lr": 0.3}}]}')
    const paths = ['--recipe', join(dir, 'plan.jsonl'), '--adjust', join(dir, 'adjust.json')]
    await theirs(dir, 'freeze', '--mode', 'replay', ...paths)
  })
  expect(await both.rates()).toEqual({ theirs: 0.3, ours: 0.2 })
})

test('the step 0 is another one to Python’s kernel', async () => {
  const dirs = [temporaryDirectory(), temporaryDirectory()] as const
  for (const dir of dirs) await theirs(dir, 'set', 'lr=0.2')
  await pythonLoop('unpublished', 'loop.py', dirs[0], '0').ask({ steps: 1 })
  startTrainer(dirs[1], 0).train(1)
  const steps = dirs.map((dir) => linesOf(dir, 'hotcb.applied.jsonl').at(-1)?.['step'])
  expect(steps).toEqual([1, 0])
})

interface Both {
  /** Appends to the command file of both, and trains a step; gives the error that came out of theirs. */
  append(text: string): Promise<unknown>
  command(command: object): Promise<unknown>
  /** What was decided since the start, of all but freezes and attempts. */
  decisions(): Promise<{ theirs: unknown[]; ours: unknown[] }>
  rates(): Promise<{ theirs: unknown; ours: unknown }>
}

async function startBoth(prepare: (dir: string) => unknown = () => undefined): Promise<Both> {
  const [hers, mine] = [temporaryDirectory(), temporaryDirectory()]
  for (const dir of [hers, mine]) {
    await prepare(dir)
    // Theirs makes none before it has something to write.
    appendFileSync(join(dir, 'hotcb.applied.jsonl'), '')
  }
  const loop = pythonLoop('unpublished', 'loop.py', hers)
  const trainer = startTrainer(mine)
  await loop.ask({ steps: 1 })
  trainer.train(1)
  const decided = (dir: string): unknown[] =>
    linesOf(dir, 'hotcb.applied.jsonl')
      .filter(({ op }) => op !== 'attempt' && op !== 'freeze')
      .map(({ decision }) => decision)
  const append = async (text: string): Promise<unknown> => {
    for (const dir of [hers, mine]) appendFileSync(join(dir, 'hotcb.commands.jsonl'), text)
    trainer.train(1)
    return (await loop.ask({ steps: 1 }))['error']
  }
  return {
    append,
    command: (command) => append(`${JSON.stringify(command)}\n`),
    decisions: async () => ({ theirs: decided(hers), ours: decided(mine) }),
    rates: async () => ({ theirs: (await loop.ask({}))['lr'], ours: trainer.said().lr }),
  }
}
