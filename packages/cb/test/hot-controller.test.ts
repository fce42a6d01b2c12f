import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HotController } from '../src/node.ts'
import { recorded, recorder, temporaryFolder } from './support.ts'

function open(dir: string): HotController {
  const controller = new HotController({
    configPath: join(dir, 'hotcb.yaml'),
    commandsPath: join(dir, 'hotcb.commands.jsonl'),
    slowMs: 0,
    watchMs: 1e-9,
  })
  onTestFinished(() => controller.close())
  return controller
}

function command(dir: string, line: unknown): void {
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(line)}\n`)
}

const YAML = (every: number, enabled: boolean): string => `
cb:
  callbacks:
    probe:
      target: {kind: file, path: probe.mjs, symbol: Recorder}
      enabled: ${enabled}
      params: {every: ${every}}
`

test('a loop without a kernel loads callbacks from YAML and commands, and reloads changed files', () => {
  const seen = recorded('seenController')
  const dir = temporaryFolder()
  writeFileSync(join(dir, 'probe.mjs'), recorder('seenController', 1))
  writeFileSync(join(dir, 'hotcb.yaml'), YAML(2, true))
  const controller = open(dir)
  let step = 0
  const steps = (count: number): void => {
    for (let i = 0; i < count; i++) controller.apply({ step: step++ })
  }
  steps(3)
  expect(seen.splice(0)).toEqual(['v1 train_step_end 0', 'v1 train_step_end 2'])
  expect(controller.status()).toMatchObject({ probe: { enabled: true, loaded: true, last_params: { every: 2 } } })

  command(dir, { op: 'disable', id: 'probe' })
  steps(3)
  expect(seen.splice(0)).toEqual([])
  command(dir, { module: 'cb', op: 'enable', id: 'probe' })
  command(dir, { module: 'opt', op: 'set_params', params: { lr: 1 } })
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), '{broken\n')
  steps(1)
  expect(seen.splice(0)).toEqual(['v1 train_step_end 6'])

  writeFileSync(join(dir, 'hotcb.yaml'), YAML(1, true))
  steps(2)
  expect(seen.splice(0)).toEqual(['v1 train_step_end 7', 'v1 train_step_end 8'])
  writeFileSync(join(dir, 'probe.mjs'), recorder('seenController', 2))
  steps(4)
  expect(seen.at(-1)).toBe('v2 train_step_end 12')
  writeFileSync(join(dir, 'hotcb.yaml'), 'callbacks: [not, a, mapping]')
  steps(2)
  writeFileSync(join(dir, 'hotcb.yaml'), YAML(1, false))
  steps(2)
  expect(seen.at(-1)).toBe('v2 train_step_end 14')
  const log = readFileSync(join(dir, 'hotcb.log'), 'utf8')
  expect(log).toContain('`opt` needs a kernel')
  expect(log).toContain('command at byte')
  expect(log).toContain('`callbacks` must be a mapping from ids')
})

test('a new controller restores its state from the same command file', () => {
  const seen = recorded('seenAgain')
  const dir = temporaryFolder()
  writeFileSync(join(dir, 'probe.mjs'), recorder('seenAgain'))
  command(dir, { op: 'load', id: 'probe', target: { kind: 'file', path: 'probe.mjs', symbol: 'Recorder' } })
  command(dir, { op: 'set_params', id: 'probe', params: { every: 2 } })
  open(dir).apply({ step: 1 })
  open(dir).apply({ step: 2 })
  expect(seen).toEqual(['v1 train_step_end 2'])
})

test('callbacks\u2019 requests to a kernel are returned to the loop, and a callback that throws is disabled', () => {
  const dir = temporaryFolder()
  writeFileSync(
    join(dir, 'two.mjs'),
    `export class Stops { handle(event, env) { if (env.step === 1) env.submit({ module: 'core', op: 'stop' }) } }
     export class Throws { handle() { throw new Error('boom') } }`,
  )
  command(dir, { op: 'load', id: 'stops', target: { kind: 'file', path: 'two.mjs', symbol: 'Stops' } })
  command(dir, { op: 'load', id: 'throws', target: { kind: 'file', path: 'two.mjs', symbol: 'Throws' } })
  const controller = open(dir)
  const results = [0, 1, 2, 3].map((step) => controller.apply({ step }))
  expect(results).toEqual([
    { stop: false, asked: [] },
    { stop: true, asked: [{ module: 'core', op: 'stop', note: 'callback stops' }] },
    { stop: false, asked: [] },
    { stop: false, asked: [] },
  ])
  expect(controller.status()).toMatchObject({ throws: { enabled: false, errors: 1 } })
})

test('a replaced command file is read from its start, and conditions are refused by name', async () => {
  const seen = recorded('seenReplaced')
  const dir = temporaryFolder()
  writeFileSync(join(dir, 'probe.mjs'), recorder('seenReplaced'))
  const load = { op: 'load', id: 'probe', target: { kind: 'file', path: 'probe.mjs', symbol: 'Recorder' } }
  command(dir, load)
  const controller = open(dir)
  controller.apply({ step: 0 })
  renameSync(join(dir, 'hotcb.commands.jsonl'), join(dir, 'old.jsonl'))
  command(dir, { op: 'disable', id: 'probe', expires: { step: 5 } })
  command(dir, { op: 'disable', id: 'probe', expect: { every: 1 } })
  command(dir, { op: 'set_params', id: 'probe', params: { every: 2 } })
  for (let step = 1; step < 400; step++) {
    controller.apply({ step })
    if (JSON.stringify(controller.status()).includes('"last_params":{"every":2}')) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(controller.status()).toMatchObject({ probe: { enabled: true, last_params: { every: 2 } } })
  const log = readFileSync(join(dir, 'hotcb.log'), 'utf8')
  expect(log).toContain('command at byte 0: `expires` needs a kernel')
  expect(log).toContain(': `expect` needs a kernel')
  expect(seen[0]).toBe('v1 train_step_end 0')
})

test('a controller flushes callbacks before it closes them', () => {
  const seen: string[] = []
  const own = { handle: () => {}, flush: () => void seen.push('flushed'), close: () => void seen.push('closed') }
  const controller = new HotController({ runDir: temporaryFolder(), callbacks: { own } })
  controller.apply({ step: 0 })
  controller.close()
  expect(seen).toEqual(['flushed', 'closed'])
})

test('a controller without a directory is refused', () => {
  expect(() => new HotController({})).toThrow('one of `configPath`, `commandsPath` and `runDir` must be given')
})
