import { describe, expect, test } from 'vitest'
import { drafts, FACTS, NOTHING_KNOWN, read } from './facts.ts'

const main = { id: 'main' }
const opt = { ...main, module: 'opt', op: 'set_params' }
const loss = { ...main, module: 'loss', op: 'set_params' }
const cb = { module: 'cb', id: 'probe' }
const core = { ...main, module: 'core' }

describe('a line is converted to the commands for its ops', () => {
  test.each<[string, object[]]>([
    ['set lr=0.5', [{ ...opt, params: { lr: 0.5 } }]],
    ['hotcb set lr=0.5', [{ ...opt, params: { lr: 0.5 } }]],
    ['set lr=0.5 --id second', [{ ...opt, id: 'second', params: { lr: 0.5 } }]],
    ['set lr=0.5 group=1', [{ ...opt, params: { lr: 0.5, group: 1 } }]],
    ['set size=big', [{ ...main, module: 'net', op: 'set_params', params: { size: 'big' } }]],
    [
      'set lr=0.5 distill_w=0.25',
      [
        { ...opt, params: { lr: 0.5 } },
        { ...loss, params: { distill_w: 0.25 } },
      ],
    ],
    ['set ramps.distill_w={"end":2,"steps":5}', [{ ...loss, params: { 'ramps.distill_w': { end: 2, steps: 5 } } }]],
    [
      'set save_ckpt=manual',
      [{ module: 'ctl', op: 'call', id: 'save_ckpt', params: { args: ['manual'], kwargs: {} } }],
    ],
    [
      'set save_ckpt=1 lr=0.5 --id x',
      [
        { ...opt, id: 'x', params: { lr: 0.5 } },
        { module: 'ctl', op: 'call', id: 'save_ckpt', params: { args: [1], kwargs: {} } },
      ],
    ],
    ['enable lr', [{ ...main, module: 'opt', op: 'enable', params: { key: 'lr' } }]],
    ['disable terms.aux', [{ ...main, module: 'loss', op: 'disable', params: { key: 'terms.aux' } }]],
    ['disable probe', [{ ...cb, op: 'disable' }]],
    ['opt enable', [{ ...main, module: 'opt', op: 'enable' }]],
    ['opt disable lr --id b', [{ module: 'opt', op: 'disable', id: 'b', params: { key: 'lr' } }]],
    ['opt set lr=0.5', [{ ...opt, params: { lr: 0.5 } }]],
    ['opt set momentum=0.9 groups=[0,1]', [{ ...opt, params: { momentum: 0.9, groups: [0, 1] } }]],
    ['cb set_params probe every=3', [{ ...cb, op: 'set_params', params: { every: 3 } }]],
    ['cb set_params probe every=x2', [{ ...cb, op: 'set_params', params: { every: 'x2' } }]],
    [
      'cb load probe --file a/b.ts',
      [{ ...cb, op: 'load', target: { path: 'a/b.ts', kind: 'file', symbol: 'default' } }],
    ],
    [
      'cb load probe --file b.py --symbol C',
      [{ ...cb, op: 'load', target: { path: 'b.py', kind: 'python_file', symbol: 'C' } }],
    ],
    [
      'cb load probe --path @a/b --no-enabled --init every=5,tags=a,b layer=conv3 deep={"x":1}',
      [
        {
          ...cb,
          op: 'load',
          target: { path: '@a/b', kind: 'module', symbol: 'default' },
          enabled: false,
          init: { every: 5, tags: 'a,b', layer: 'conv3', deep: { x: 1 } },
        },
      ],
    ],
    ['ctl call save_ckpt', [{ module: 'ctl', op: 'call', id: 'save_ckpt', params: { args: [], kwargs: {} } }]],
    [
      'ctl call mix.noise 0.5 true label=manual "a b" [1,2]',
      [
        {
          module: 'ctl',
          op: 'call',
          id: 'mix.noise',
          params: { args: [0.5, true, 'a b', [1, 2]], kwargs: { label: 'manual' } },
        },
      ],
    ],
    ['revert', [{ ...core, op: 'revert' }]],
    ['undo #7 --force', [{ ...core, op: 'revert', params: { seq: 7, force: true } }]],
    ['cancel xyz', [{ ...core, op: 'cancel', params: { cid: 'xyz-9' } }]],
    ['cancel 9', [{ ...core, op: 'cancel', params: { cid: 'xyz-9' } }]],
    ['cancel abc-1', [{ ...core, op: 'cancel', params: { cid: 'abc-1' } }]],
    ['cancel newer', [{ ...core, op: 'cancel', params: { cid: 'newer' } }]],
    ['stop', [{ ...core, op: 'stop' }]],
    ['stop loss has diverged', [{ ...core, op: 'stop', params: { reason: 'loss has diverged' } }]],
    ['checkpoint', [{ ...core, op: 'checkpoint', params: { action: 'save' } }]],
    ['checkpoint load best', [{ ...core, op: 'checkpoint', params: { action: 'load', tag: 'best' } }]],
    ['checkpoint drop best --yes', [{ ...core, op: 'checkpoint', params: { action: 'drop', tag: 'best', yes: true } }]],
    ['tune enable', [{ ...main, module: 'tune', op: 'enable', params: { mode: 'active' } }]],
    ['tune enable --mode suggest', [{ ...main, module: 'tune', op: 'enable', params: { mode: 'suggest' } }]],
  ])('%s', (line, wanted) => {
    expect(drafts(line)).toEqual(wanted)
  })

  test('a file is sent with the path under which the trainer finds it, and a package with the typed path', () => {
    const facts = { ...FACTS, placeOf: (file: string) => `/there/${file}` }
    expect(drafts('cb load probe --file a.ts', facts)).toMatchObject([{ target: { path: '/there/a.ts' } }])
    expect(drafts('cb load probe --path a.ts', facts)).toMatchObject([{ target: { path: 'a.ts' } }])
  })

  test('while nothing is known about a run, every name that may be valid is sent', () => {
    expect(drafts('enable anything', NOTHING_KNOWN)).toEqual([{ module: 'cb', op: 'enable', id: 'anything' }])
    expect(drafts('ctl call anything', NOTHING_KNOWN)).toMatchObject([{ id: 'anything' }])
    expect(drafts('set lr=1 new_w=2', NOTHING_KNOWN)).toMatchObject([{ module: 'opt' }, { module: 'loss' }])
    expect(drafts('set ramps.new={"end":1,"steps":2}', NOTHING_KNOWN)).toMatchObject([{ module: 'loss' }])
    expect(drafts('loss set_params anything=1', NOTHING_KNOWN)).toMatchObject([{ params: { anything: 1 } }])
  })
})

describe('the flags of a line set its conditions and its note', () => {
  test.each<[string, object]>([
    ['pause', { conditions: {} }],
    ['pause --wait', { conditions: {}, waitS: 10 }],
    ['pause --wait=2.5', { conditions: {}, waitS: 2.5 }],
    ['pause --no-wait', { conditions: {}, waitS: 0 }],
    ['pause --at 5 --late --note "a b"', { conditions: { at: { step: 5 } }, late: true, note: 'a b' }],
    [
      'pause --expect lr=1 --expect a=b --expires step=9,ts=10',
      { conditions: { expect: { lr: 1, a: 'b' }, expires: { step: 9, ts: 10 } } },
    ],
  ])('%s', (line, flags) => {
    const draft = { ...core, op: 'pause' }
    expect(read(line)).toEqual({ kind: 'commands', drafts: [draft], ...flags })
    const changed = read(line.replace('pause', 'set lr=0.5'))
    expect(changed).toEqual({ kind: 'commands', drafts: [{ ...opt, params: { lr: 0.5 } }], ...flags })
    const switched = read(line.replace('pause', 'enable probe'))
    expect(switched).toEqual({ kind: 'commands', drafts: [{ ...cb, op: 'enable' }], ...flags })
  })
})

describe('a freeze is a document, not a command', () => {
  const off = { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 }
  test.each<[string, object, object]>([
    ['freeze', { mode: 'prod' }, {}],
    ['freeze prod', { mode: 'prod' }, {}],
    ['freeze --mode off', {}, {}],
    ['freeze off --mode off --no-wait', {}, { waitS: 0 }],
    ['unfreeze', {}, {}],
    ['unfreeze --wait', {}, { waitS: 10 }],
    ['freeze replay --recipe a.jsonl', { mode: 'replay', recipe_path: 'a.jsonl' }, {}],
    [
      'freeze replay_adjusted --recipe a.jsonl --adjust b.yaml --policy strict --step-offset -3 --wait=5',
      { mode: 'replay_adjusted', recipe_path: 'a.jsonl', adjust_path: 'b.yaml', policy: 'strict', step_offset: -3 },
      { waitS: 5 },
    ],
  ])('%s', (line, freeze, more) => {
    expect(read(line)).toEqual({ kind: 'freeze', freeze: { ...off, ...freeze }, ...more })
  })
})
