import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HotModule, JsonObject, ModuleDescriptor, Op, Outcome } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { KernelError } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

const DESCRIPTOR: ModuleDescriptor = {
  name: 'augment',
  summary: 'Data augmentation.',
  yaml: 'handles',
  yamlKey: 'policies',
  ops: [
    { op: 'load', summary: 'Add a policy.', inverse: { withoutOld: 'unload', old: 'fields' }, payload: 'fields' },
    { op: 'unload', summary: 'Remove a policy.', inverse: { op: 'load', old: 'fields' }, payload: 'fields' },
    { op: 'mute', summary: 'Stop a policy.', inverse: { op: 'unmute', withoutOld: 'unmute' }, replaces: ['unmute'] },
    { op: 'unmute', summary: 'Let a policy run.', inverse: { op: 'mute', withoutOld: 'mute' }, replaces: ['mute'] },
    { op: 'strength', summary: 'Set the strength.', history: 'last-by-id', inverse: {} },
    { op: 'shuffle', summary: 'Shuffle once.', isRestored: false },
    { op: 'set_params', summary: 'Set parameters.', inverse: {} },
  ],
}

interface Augment extends HotModule {
  readonly heard: string[]
}

/** A module that records its ops. */
function augment(descriptor: ModuleDescriptor = DESCRIPTOR): Augment {
  const heard: string[] = []
  let strength = 0
  return {
    name: 'augment',
    descriptor,
    heard,
    applyOp(asked: Op): Outcome {
      const { op, id, params } = asked
      heard.push(`${op} ${id}${params ? ` ${JSON.stringify(params)}` : ''}`)
      if (op === 'load') return { ok: true, payload: fields(asked), old: null }
      if (op === 'mute') return { ok: true, payload: null, old: {} }
      if (op !== 'strength') return { ok: true, payload: params }
      const old = { value: strength }
      strength = Number(params?.['value'])
      return { ok: true, payload: params, old }
    },
  }
}

function fields({ target, init, enabled }: Op): JsonObject {
  return { target: { ...target }, init: init ?? null, enabled: enabled ?? null }
}

const ask = (op: string, more: object = {}): object => ({ module: 'augment', op, id: 'flip', ...more })
const strength = (value: number): object => ask('strength', { params: { value } })

/** One attempt that takes these commands, each at a separate step. */
function attempt(dir: string, lines: readonly object[], from: number): Augment {
  const module = augment()
  const kernel = openKernel(dir, { state: toyTrainer().state, modules: [module], lookMs: 0 })
  kernel.continueFrom({ step: from })
  for (const [i, line] of lines.entries()) {
    command(dir, { cid: `${from}-${i}`, ...line })
    kernel.apply({ step: from + i })
  }
  kernel.close()
  return module
}

test("a module's op is undone according to its descriptor", () => {
  const dir = runDir()
  const revert = { module: 'core', op: 'revert' }
  const module = attempt(dir, [strength(2), strength(3), revert, ask('mute'), revert, ask('shuffle'), revert], 0)
  expect(module.heard).toEqual([
    'strength flip {"value":2}',
    'strength flip {"value":3}',
    'strength flip {"value":2}',
    'mute flip',
    'unmute flip',
    'shuffle flip',
  ])
  expect(answers(dir).at(-1)?.error).toMatch(/^seq \d+ cannot be reverted: a `augment shuffle` has no inverse$/)
})

test("a restart repeats the ops that a module's descriptor does not mark as replaced", () => {
  const dir = runDir()
  const load = ask('load', { target: { kind: 'file', path: 'flip.js', symbol: 'default' } })
  attempt(dir, [load, strength(2), strength(3), ask('mute'), ask('unmute'), ask('shuffle')], 0)
  expect(attempt(dir, [], 9).heard).toEqual(['load flip', 'strength flip {"value":3}', 'unmute flip'])
})

test('the YAML section of a module has the shape from its descriptor', () => {
  const dir = runDir()
  writeFileSync(
    join(dir, 'hotcb.yaml'),
    'augment:\n  policies:\n    flip: { target: { kind: file, path: f.js, symbol: F }, params: { p: 0.5 } }\n',
  )
  const module = attempt(dir, [{ module: 'core', op: 'unfreeze' }, strength(1)], 0)
  expect(module.heard).toContain('load flip')
  expect(module.heard).toContain('set_params flip {"p":0.5}')
})

test('a YAML section for a module without one is rejected with its line', () => {
  for (const name of ['ctl', 'autopilot']) {
    const dir = runDir()
    writeFileSync(join(dir, 'hotcb.yaml'), `version: 1\n${name}: { params: { x: 1 } }\n`)
    attempt(dir, [strength(1)], 0)
    const [line] = ledger(dir).filter(({ op }) => op === 'yaml')
    expect([line?.decision, line?.error]).toEqual([
      'rejected',
      `hotcb.yaml:2: \`${name}\` has no section in \`hotcb.yaml\``,
    ])
  }
})

test('the controls document contains the descriptors of modules that are not built in, with or without controls', () => {
  const dir = runDir()
  openKernel(dir, { modules: [augment()] }).close()
  const document = JSON.parse(readFileSync(join(dir, 'hotcb.actuators.json'), 'utf8'))
  expect(document).toEqual({ controls: [], modules: [DESCRIPTOR] })
  const bare = runDir()
  openKernel(bare, { modules: [{ name: 'gauge' }] }).close()
  expect(existsSync(join(bare, 'hotcb.actuators.json'))).toBe(false)
})

test('a descriptor that describes no module, or a different one, is refused before anything is opened', () => {
  const dir = join(runDir(), 'new')
  const nameless = { ...DESCRIPTOR, ops: [{ op: 'two words', summary: '' }] }
  const cases = [
    [nameless, '`modules[0].descriptor` of `openKernel` does not describe a module: `ops.0.op` must be a word'],
    [{ ...DESCRIPTOR, name: 'other' }, 'must describe module `augment`, got `other`'],
    [{ ...DESCRIPTOR, op: [] }, '`modules[0].descriptor` has no option `op`: did you mean `ops`?'],
  ] as const
  for (const [descriptor, message] of cases) {
    const open = (): unknown => openKernel(dir, { modules: [augment(descriptor)] })
    expect(open).toThrow(KernelError)
    expect(open).toThrow(message)
  }
  const callbacks = { ...augment({ ...DESCRIPTOR, name: 'cb' }), name: 'cb' }
  expect(() => openKernel(dir, { modules: [callbacks] })).toThrow(
    '`modules[0].descriptor` of `openKernel`: hotcb itself describes the ops of `cb`',
  )
  expect(existsSync(dir)).toBe(false)
})

test('a name that hotcb reserves never means controls', () => {
  const dir = runDir()
  attempt(dir, [{ module: 'autopilot', op: 'set_params', params: { lr: 0.5 } }], 0)
  expect(answers(dir).map(({ decision, error }) => [decision, error])).toEqual([
    ['failed', 'this trainer has no module `autopilot`'],
  ])
})
