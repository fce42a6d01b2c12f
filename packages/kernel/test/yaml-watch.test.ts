import { type Op, UNFROZEN } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { expect, test } from 'vitest'
import type { YamlPort } from '../src/options.ts'
import { createRouter } from '../src/router.ts'
import { createYamlWatch, type Reconciled } from '../src/yaml.ts'
import { toyTrainer } from './run-dir.ts'

const LIVE = { freeze: UNFROZEN, step: 0 }

/** A document whose text a test sets; it is always new. */
function port(first: string | null = null): YamlPort & { text: string | null; isNew: boolean; refreshed: number } {
  const document = {
    text: first,
    isNew: true,
    refreshed: 0,
    parse: parseYaml,
    changed: () => document.isNew,
    refresh: () => void document.refreshed++,
    read: () => document.text,
  }
  return document
}

function opsOf(seen: Reconciled | null): readonly Op[] | string | null {
  return seen === null ? null : seen.kind === 'ops' ? seen.ops : seen.reason
}

/** The requests of the first check of a text, for a trainer in its initial state. */
function first(text: string, reconciled: string | null = null, live = LIVE): ReturnType<typeof opsOf> {
  const router = createRouter([], toyTrainer({ schedule: (step) => 0.1 / (step + 1) }).state)
  return opsOf(createYamlWatch(port(text), router, reconciled).look(live))
}

const set = (module: string, params: object): object => ({ module, op: 'set_params', id: 'main', params })

test('the first YAML requests only what differs from the live state', () => {
  expect(first('opt: { params: { momentum: 0.9, weight_decay: 0.5 } }\n')).toEqual([set('opt', { weight_decay: 0.5 })])
  expect(first('loss: { params: { ce: 1, aux: 0.25 } }\n')).toEqual([set('loss', { aux: 0.25 })])
  // Numbers are compared with a relative tolerance of 1e-9.
  expect(first('opt: { params: { momentum: 0.9000000001 } }\n')).toEqual([])
  expect(first('opt: { params: { momentum: 0.90000001 } }\n')).toEqual([set('opt', { momentum: 0.90000001 })])
})

test('values that are changing are compared as of the current step', () => {
  expect(first('opt: { params: { lr: 0.1 } }\n')).toEqual([])
  expect(first('opt: { params: { lr: 0.1 } }\n', null, { ...LIVE, step: 1 })).toEqual([set('opt', { lr: 0.1 })])
})

test('the first YAML requests a freeze mode that is not in force', () => {
  const off = 'core: { freeze_mode: "off" }\n'
  const prod = 'core: { freeze_mode: prod }\n'
  const frozen = { ...LIVE, freeze: { ...UNFROZEN, mode: 'prod' as const } }
  expect([first(off), first(prod, null, frozen)]).toEqual([[], []])
  expect(first(off, null, frozen)).toMatchObject([{ module: 'core', op: 'freeze', mode: 'off' }])
  expect(first(prod)).toMatchObject([{ module: 'core', op: 'freeze', mode: 'prod' }])
})

test('controls start enabled and a tuner does not: only a switch to the opposite state is requested', () => {
  expect(first('opt: { enabled: true }\n')).toEqual([])
  expect(first('opt: { enabled: false }\n')).toMatchObject([{ module: 'opt', op: 'disable' }])
  expect(first('tune: { enabled: false }\n')).toEqual([])
  expect(first('tune: { enabled: true }\n')).toMatchObject([{ module: 'tune', op: 'enable' }])
})

test('the state of a callback is unknown at first: everything about it is requested', () => {
  const text = 'cb: { callbacks: { probe: { enabled: true, params: { every: 5 } } } }\n'
  expect(first(text)).toMatchObject([
    { module: 'cb', op: 'set_params', id: 'probe' },
    { module: 'cb', op: 'enable', id: 'probe' },
  ])
})

test('after a reconciled YAML only keys whose value changed are requested, whatever the live state is', () => {
  const before = 'opt: { params: { momentum: 0.5, weight_decay: 0.1 } }\n'
  expect(first('opt: { params: { momentum: 0.5, weight_decay: 0.2 } }\n', before)).toEqual([
    set('opt', { weight_decay: 0.2 }),
  ])
  expect(first('opt: { params: { momentum: 0.5 } }\n# a comment\n', before)).toEqual([])
  // An earlier YAML that can no longer be read counts as absent.
  expect(first('opt: { params: { momentum: 0.9, weight_decay: 0.2 } }\n', 'opt: [')).toEqual([
    set('opt', { weight_decay: 0.2 }),
  ])
})

test('an empty YAML requests nothing and has no line, unless there was another before', () => {
  const router = createRouter([], toyTrainer().state)
  const document = port('# nothing yet\n')
  const watch = createYamlWatch(document, router, null)
  expect(watch.look(LIVE)).toBe(null)
  document.text = 'opt: { params: { momentum: 0.5 } }\n'
  expect(watch.look(LIVE)).toEqual({ kind: 'ops', ops: [set('opt', { momentum: 0.5 })], text: document.text })
  document.text = '# nothing again\n'
  expect(watch.look(LIVE)).toEqual({ kind: 'ops', ops: [], text: '# nothing again\n' })
  // The same text as the ledger's is not new.
  expect(createYamlWatch(port('a: 1'), router, 'a: 1').look(LIVE)).toBe(null)
})

test('a text is reconciled or rejected once, even when the file is written again', () => {
  const router = createRouter([], toyTrainer().state)
  const document = port('opt: { params: { momentum: 0.5 } }\n')
  const good = document.text
  const watch = createYamlWatch(document, router, null)
  const look = (text: string | null): string | null => {
    document.text = text
    return watch.look(LIVE)?.kind ?? null
  }
  expect([look(good), look(good)]).toEqual(['ops', null])
  expect([look('opt: 3\n'), look('opt: 3\n'), look('opt: 4\n'), look('opt: 3\n')]).toEqual([
    'rejected',
    null,
    'rejected',
    'rejected',
  ])
  // Back to the reconciled one: there is nothing to do, and the rejected one would be rejected once more.
  expect([look(good), look('opt: { params: { momentum: 0.6 } }\n')]).toEqual([null, 'ops'])
  expect([look('opt: 3\n'), look(null), look('opt: 3\n')]).toEqual(['rejected', null, null])
})

test('a document that is not new, missing or unreadable requests nothing', () => {
  const router = createRouter([], toyTrainer().state)
  const document = port('opt: { params: { momentum: 0.5 } }\n')
  document.isNew = false
  const watch = createYamlWatch(document, router, null)
  expect([watch.look(LIVE), document.refreshed]).toEqual([null, 1])
  document.isNew = true
  const { text } = document
  document.text = null
  expect(watch.look(LIVE)).toBe(null)
  document.text = text
  expect(watch.look(LIVE)?.kind).toBe('ops')
  const torn = {
    ...port(),
    read: () => {
      throw new Error('EIO')
    },
  }
  expect(createYamlWatch(torn, router, null).look(LIVE)).toBe(null)
})

test('a rejected YAML has the reason with file and line', () => {
  const cases = {
    'opt: [': /^hotcb\.yaml:1: /,
    'version: 1\nopt: 3\n': /^hotcb\.yaml:2: `opt` /,
    'opt: { params: { momentum: 7 } }\n': 'hotcb.yaml:1: `opt.params.momentum` must be between 0 and 1, got 7',
    'loss:\n  params:\n    ce: .inf\n    aux: .nan\n':
      'hotcb.yaml:3: `loss.params.ce` must be a finite number, got an infinity; `loss.params.aux` must be a finite number, got NaN',
  }
  for (const [text, reason] of Object.entries(cases)) {
    expect(first(text)).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason))
  }
})

test('without controls their values are not checked, and everything is requested', () => {
  const router = createRouter([], null)
  const look = createYamlWatch(port('opt: { params: { momentum: 7 } }\n'), router, null).look(LIVE)
  expect(opsOf(look)).toEqual([set('opt', { momentum: 7 })])
})
