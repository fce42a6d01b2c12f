import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, pythonLoop, saidByCallbacks, temporaryDirectory, theirs } from './peers.ts'
import { startTrainer } from './trainer.ts'

// The results of both kernels for the same files. Changing one of these tests changes a promise.

test('of several parameters, Python’s kernel sets the valid ones, ours all or none', async () => {
  const both = await startBoth()
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.5, nope: 3 } })
  expect(await both.decisions()).toEqual({ theirs: ['applied'], ours: ['failed'] })
  expect(await both.rates()).toEqual({ theirs: 0.5, ours: 0.1 })
})

test('numeric text is not a number for Python’s kernel', async () => {
  const both = await startBoth()
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: '1e-4' } })
  expect(await both.decisions()).toEqual({ theirs: ['failed'], ours: ['applied'] })
})

test('a line that is not a command is skipped by Python’s kernel, and gets a ledger line from ours', async () => {
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

test('a command that is not an object ends a training run under Python’s kernel, and not one under ours', async () => {
  const both = await startBoth()
  expect(await both.append('5\n')).toBe("AttributeError: 'int' object has no attribute 'get'")
  expect((await both.decisions()).ours).toEqual(['rejected'])
})

test('Python’s kernel reports callbacks that cannot be loaded as applied', async () => {
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

test('an overlay next to a plain replay is applied by Python’s kernel, and left alone by ours', async () => {
  const both = await startBoth(async (dir) => {
    const entry = { at: { step: 1, event: 'train_step_end' }, module: 'opt', op: 'set_params', id: 'main' }
    writeFileSync(join(dir, 'plan.jsonl'), `${JSON.stringify({ ...entry, params: { lr: 0.2 } })}\n`)
    writeFileSync(join(dir, 'adjust.json'), '{"patches": [{"match": {}, "replace_params": {"lr": 0.3}}]}')
    const paths = ['--recipe', join(dir, 'plan.jsonl'), '--adjust', join(dir, 'adjust.json')]
    await theirs(dir, 'freeze', '--mode', 'replay', ...paths)
  })
  expect(await both.rates()).toEqual({ theirs: 0.3, ours: 0.2 })
})

test('Python’s kernel counts step 0 as step 1', async () => {
  const dirs = [temporaryDirectory(), temporaryDirectory()] as const
  for (const dir of dirs) await theirs(dir, 'set', 'lr=0.2')
  await pythonLoop('unpublished', 'loop.py', dirs[0], '0').ask({ steps: 1 })
  startTrainer(dirs[1], 0).train(1)
  const steps = dirs.map((dir) => linesOf(dir, 'hotcb.applied.jsonl').at(-1)?.['step'])
  expect(steps).toEqual([1, 0])
})

test('Python’s kernel sets the same rate for all parameter groups, and ours keeps their ratios', async () => {
  const both = await startBoth(undefined, 0.2)
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.05 } })
  expect(await both.settings()).toMatchObject({ theirs: { rates: [0.05, 0.05] }, ours: { rates: [0.05, 0.1] } })
})

test('a weight decay of 0 is refused by Python’s kernel, and set by ours', async () => {
  const both = await startBoth()
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { weight_decay: 0 } })
  expect(await both.decisions()).toEqual({ theirs: ['failed'], ours: ['applied'] })
})

test('a loaded callback remains unchanged under Python’s kernel, and ours loads it again', async () => {
  const both = await startBoth()
  await both.command(loadBeat({ every: 1, message: 'first' }))
  await both.command(loadBeat({ every: 1, message: 'second' }))
  expect(await both.messages()).toEqual({ theirs: ['first'], ours: ['second'] })
})

test('Python’s kernel keeps the parameters and the switch of an unloaded callback, and ours forgets both', async () => {
  const both = await startBoth()
  await both.command(loadBeat({ every: 1 }))
  await both.command({ module: 'cb', op: 'set_params', id: 'beat', params: { message: 'kept' } })
  await both.command({ module: 'cb', op: 'unload', id: 'beat' })
  await both.command(loadBeat({ every: 1 }))
  expect(await both.messages()).toEqual({ theirs: [], ours: ['alive'] })
  await both.command({ module: 'cb', op: 'enable', id: 'beat' })
  expect(await both.messages()).toEqual({ theirs: ['kept'], ours: ['alive'] })
})

test('callbacks run in the order of their names’ first use under Python’s kernel, and of their last loads under ours', async () => {
  const both = await startBoth()
  for (const id of ['beat', 'boat', 'beat']) await both.command({ ...loadBeat({ every: 1, message: `of ${id}` }), id })
  expect(await both.messages()).toEqual({ theirs: ['of beat', 'of boat'], ours: ['of boat', 'of beat'] })
})

test('Python’s kernel logs what its callback module does, and ours leaves that to the ledger', async () => {
  const both = await startBoth()
  const { theirs: hers, ours: mine } = await both.command(loadBeat({ every: 0 }))
  expect(hers).toEqual([expect.stringMatching(/^\[hotcb\.cb\] .*beat/)])
  expect(mine).toEqual([])
})

test('if one value of hotcb.yaml changes, Python’s kernel applies all of them again, and ours only that one', async () => {
  const both = await startBoth()
  const wish = (lr: number): Promise<void> =>
    both.wish(`opt:\n  params:\n    lr: ${lr}\nloss:\n  params:\n    ce: 2.0\n`)
  await wish(0.2)
  await both.command({ module: 'loss', op: 'set_params', id: 'main', params: { ce: 3 } })
  await wish(0.3)
  expect(await both.settings()).toMatchObject({
    theirs: { lr: 0.3, weights: { ce: 2 } },
    ours: { lr: 0.3, weights: { ce: 3 } },
  })
})

test('a freeze with an unknown mode unfreezes Python’s kernel, and is refused by ours', async () => {
  const both = await startBoth()
  await both.command({ module: 'core', op: 'freeze', mode: 'prod' })
  await both.command({ module: 'core', op: 'freeze', mode: 'of' })
  await both.command({ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.2 } })
  expect(await both.decisions()).toEqual({ theirs: ['applied'], ours: ['ignored_freeze'] })
})

test('an unknown op is ignored by Python’s kernel, and fails in ours', async () => {
  const both = await startBoth()
  await both.command({ module: 'opt', op: 'double', id: 'lr' })
  expect(await both.decisions()).toEqual({ theirs: ['ignored'], ours: ['failed'] })
})

function loadBeat(init: object): object {
  const target = { kind: 'module', path: 'hotcb.modules.cb.callbacks.heartbeat', symbol: 'HeartbeatCallback' }
  return { module: 'cb', op: 'load', id: 'beat', target, init }
}

interface Both {
  /** Appends to the command file of both, and trains a step. Returns the error of their kernel. */
  append(text: string): Promise<unknown>
  /** Appends a command, and trains a step. Returns the lines logged in it. */
  command(command: object): Promise<{ theirs: unknown; ours: unknown }>
  /** The decisions since the start, except for freezes and attempts. */
  decisions(): Promise<{ theirs: unknown[]; ours: unknown[] }>
  rates(): Promise<{ theirs: unknown; ours: unknown }>
  settings(): Promise<{ theirs: unknown; ours: unknown }>
  /** Trains a step. Returns the output of its callbacks. */
  messages(): Promise<{ theirs: unknown; ours: unknown }>
  /** Writes `hotcb.yaml`, and trains until both have read it; ours checks it only now and then. */
  wish(text: string): Promise<void>
}

async function startBoth(prepare: (dir: string) => unknown = () => undefined, rate = 0.1): Promise<Both> {
  const [hers, mine] = [temporaryDirectory(), temporaryDirectory()]
  for (const dir of [hers, mine]) {
    await prepare(dir)
    // Their kernel creates none before it has something to write.
    appendFileSync(join(dir, 'hotcb.applied.jsonl'), '')
  }
  const loop = pythonLoop('unpublished', 'loop.py', hers, '1', String(rate))
  const trainer = startTrainer(mine, 1, rate)
  await loop.ask({ steps: 1 })
  trainer.train(1)
  const decided = (dir: string): unknown[] =>
    linesOf(dir, 'hotcb.applied.jsonl')
      .filter(({ op }) => op !== 'attempt' && op !== 'freeze')
      .map(({ decision }) => decision)
  const step = async (text: string): Promise<{ error: unknown; theirs: unknown; ours: readonly string[] }> => {
    for (const dir of [hers, mine]) appendFileSync(join(dir, 'hotcb.commands.jsonl'), text)
    const before = trainer.heard.length
    trainer.train(1)
    const { error, heard } = await loop.ask({ steps: 1 })
    return { error, theirs: heard, ours: trainer.heard.slice(before) }
  }
  return {
    append: async (text) => (await step(text)).error,
    async command(command) {
      const { theirs: said, ours: mySaid } = await step(`${JSON.stringify(command)}\n`)
      return { theirs: said, ours: mySaid }
    },
    decisions: async () => ({ theirs: decided(hers), ours: decided(mine) }),
    rates: async () => ({ theirs: (await loop.ask({}))['lr'], ours: trainer.said().lr }),
    settings: async () => ({ theirs: await loop.ask({}), ours: trainer.said() }),
    async messages() {
      const { theirs: said, ours: mySaid } = await step('')
      return { theirs: messagesIn(saidByCallbacks(said)), ours: messagesIn(mySaid) }
    },
    async wish(text) {
      const read = (): number => linesOf(mine, 'hotcb.applied.jsonl').filter(({ op }) => op === 'yaml').length
      const before = read()
      for (const dir of [hers, mine]) writeFileSync(join(dir, 'hotcb.yaml'), text)
      for (let steps = 1; steps === 1 || read() === before; steps++) {
        trainer.train(1)
        await loop.ask({ steps: 1 })
      }
    },
  }
}

// The text of a heartbeat is between its name and the event.
function messagesIn(heard: unknown): unknown {
  return Array.isArray(heard) && heard.flatMap((line) => /\] (.*) event=/.exec(line)?.[1] ?? [])
}
