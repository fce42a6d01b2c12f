import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { parseLine, type Vocabulary } from '../src/shared/command-line.ts'
import { complete } from '../src/shared/complete.ts'
import { splitWords } from '../src/shared/words.ts'

function control(param_key: string, group: string): ControlDescription {
  const bounds = { min: null, max: null, step: null, log_base: null, choices: null }
  return { param_key, type: 'float', label: param_key, group, ...bounds, current: 1, state: 'untouched' }
}

const vocabulary: Vocabulary = {
  controls: [control('lr', 'optimizer'), control('recon_w', 'loss'), control('batch', 'data')],
  callbacks: ['early_stop'],
}

test.each([
  ['set lr=3e-4', [{ module: 'opt', op: 'set_params', id: 'main', params: { lr: 3e-4 } }]],
  [
    'hotcb set lr=1 recon_w=2 batch=64',
    [
      { module: 'opt', op: 'set_params', id: 'main', params: { lr: 1 } },
      { module: 'loss', op: 'set_params', id: 'main', params: { recon_w: 2 } },
      { module: 'data', op: 'set_params', id: 'main', params: { batch: 64 } },
    ],
  ],
  [
    'set betas=[0.9, 0.99] --at 500 --event val_end --note "two words" --expect lr=0.1 --expires=600',
    [
      {
        module: 'opt',
        op: 'set_params',
        id: 'main',
        params: { betas: [0.9, 0.99] },
        at: { step: 500, event: 'val_end' },
        expires: { step: 600 },
        expect: { lr: 0.1 },
        note: 'two words',
      },
    ],
  ],
  ['disable recon_w', [{ module: 'loss', op: 'disable', params: { key: 'recon_w' } }]],
  ['enable early_stop', [{ module: 'cb', op: 'enable', id: 'early_stop' }]],
  ['pause', [{ module: 'core', op: 'pause' }]],
  ['checkpoint', [{ module: 'core', op: 'checkpoint', params: { action: 'save' } }]],
  ['checkpoint load best', [{ module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'best' } }]],
  ['checkpoint drop best', [{ module: 'core', op: 'checkpoint', params: { action: 'drop', tag: 'best' } }]],
  [
    'checkpoint drop best --yes',
    [{ module: 'core', op: 'checkpoint', params: { action: 'drop', tag: 'best', yes: true } }],
  ],
  ['revert #12 --force', [{ module: 'core', op: 'revert', params: { seq: 12, force: true } }]],
  [
    'cb load logger --file logger.mjs --init every=10',
    [
      {
        module: 'cb',
        op: 'load',
        id: 'logger',
        target: { kind: 'file', path: 'logger.mjs', symbol: 'default' },
        init: { every: 10 },
      },
    ],
  ],
  ['cb set_params logger every=5', [{ module: 'cb', op: 'set_params', id: 'logger', params: { every: 5 } }]],
  ['tune enable', [{ module: 'tune', op: 'enable', mode: 'active' }]],
  [
    'ctl call data.mix 3 name=web',
    [{ module: 'ctl', op: 'call', id: 'data.mix', params: { args: [3], kwargs: { name: 'web' } } }],
  ],
])('`%s` is understood', (line, commands) => {
  expect(parseLine(line, vocabulary)).toEqual({ ok: true, value: { kind: 'commands', commands } })
})

test.each([
  ['', /a command is needed/],
  ['sett lr=1', /unknown command `sett`: did you mean `set`/],
  ['set', /`key=value` is needed/],
  ['set lt=1', /unknown key `lt`: did you mean `lr`/],
  ['set lr', /`key=value` expected/],
  ['set lr=1 --at soon', /take a step/],
  ['set lr=1 --att 5', /unknown flag `--att`: did you mean `--at`/],
  ['set lr=1 --note', /`--note` needs text/],
  ['enable nothing_like_it', /unknown control or callback/],
  ['checkpoint delete', /unknown action/],
  ['checkpoint drop', /needs a tag/],
  ['checkpoint save best --yes', /`--yes` belongs to `checkpoint drop`/],
  ['cb load x', /needs `--file FILE` or `--path MODULE`/],
  ['freeze solid', /unknown mode `solid`/],
  ['revert first', /takes the seq/],
])('`%s` is refused in one clear line', (line, reason) => {
  expect(parseLine(line, vocabulary)).toEqual({ ok: false, reason: expect.stringMatching(reason) })
})

test('freeze is a document, with or without the flag of hotcb 2', () => {
  const freeze = { mode: 'replay', recipe_path: 'r.jsonl', policy: 'strict', step_offset: -5 }
  const line = 'replay --recipe r.jsonl --policy strict --step-offset -5'
  for (const text of [`freeze ${line}`, `freeze --mode ${line}`]) {
    expect(parseLine(text, vocabulary)).toEqual({ ok: true, value: { kind: 'freeze', freeze } })
  }
})

test('words keep JSON and its quotes whole', () => {
  const line = `a={"k": "v w", "l": [1, 2]}  "b c" d='e f'`
  expect(splitWords(line).map((word) => word.text)).toEqual(['a={"k": "v w", "l": [1, 2]}', 'b c', 'd=e f'])
})

test('a line is completed where it ends: verbs, keys, ids, modes, flags', () => {
  const lines = (text: string): string[] => complete(text, vocabulary).map(({ line }) => line)
  expect(lines('pau')).toEqual(['pause '])
  expect(lines('set ')).toEqual(['set lr=', 'set recon_w=', 'set batch='])
  expect(lines('set lr=1 --no')).toEqual(['set lr=1 --note '])
  expect(lines('disable ear')).toEqual(['disable early_stop '])
  expect(lines('freeze replay')).toEqual(['freeze replay ', 'freeze replay_adjusted '])
  expect(lines('cb unload ')).toEqual(['cb unload early_stop '])
})
