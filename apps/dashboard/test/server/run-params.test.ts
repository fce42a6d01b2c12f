import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paramsOfRun, RunParamsReader } from '../../src/server/table/run-params.ts'
import { temporaryRoot } from '../fixture.ts'

test.each<[string, unknown, readonly [string, unknown][]]>([
  ['nothing', {}, []],
  ['a list', [], []],
  [
    'the words of `config`, the first of which may be a name',
    { config: '  digits lr=0.1  opt=adam empty= =5 name b=-1e3 ' },
    [
      ['config', 'digits'],
      ['lr', 0.1],
      ['opt', 'adam'],
      ['empty', ''],
      ['b', -1000],
    ],
  ],
  [
    'a first word with a value',
    { config: 'lr=Infinity a=b=c' },
    [
      ['lr', 'Infinity'],
      ['a', 'b=c'],
    ],
  ],
  ['`config_id` if there is no `config`', { config: 5, config_id: 'digits' }, [['config', 'digits']]],
  ['`config` rather than `config_id`', { config: '', config_id: 'digits' }, []],
  [
    'seed and steps, if they are numbers',
    { seed: 0, max_steps: 100, config: 'seed=3', attempt: 1 },
    [
      ['seed', 0],
      ['max_steps', 100],
    ],
  ],
  ['no seed if it is text', { seed: '3', max_steps: null }, []],
  [
    'nested parameters by path, after the words',
    {
      config: 'lr=1',
      params: { lr: 0.5, opt: { name: 'adam', betas: [0.9, 1], on: true, none: null }, '': 7, text: 'x'.repeat(201) },
    },
    [
      ['lr', 0.5],
      ['opt.name', 'adam'],
      ['opt.betas', '[0.9,1]'],
      ['opt.on', true],
      ['text', `${'x'.repeat(199)}…`],
    ],
  ],
  ['text of 200 characters in full', { params: { text: 'x'.repeat(200) } }, [['text', 'x'.repeat(200)]]],
  ['no parameters if `params` is not an object', { params: 5 }, []],
])('a run document yields %s', (_, document, params) => {
  expect([...paramsOfRun(JSON.stringify(document))]).toEqual(params)
})

test('a document that is not JSON has no parameters, and of many parameters 400 are kept', () => {
  expect([...paramsOfRun('{')]).toEqual([])
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`p${i}`, i]))
  expect([...paramsOfRun(JSON.stringify({ params: many })).keys()].at(-1)).toBe('p399')
  expect(paramsOfRun(JSON.stringify({ params: many })).size).toBe(400)
})

test('the run document overrides the controls, and a document that cannot be read leaves the known values', async () => {
  const dir = temporaryRoot()
  const reader = new RunParamsReader(dir, [dir])
  const params = async () => {
    await reader.refresh()
    return Object.fromEntries(reader.params)
  }
  const control = (param_key: string, current: unknown) => ({ param_key, type: 'float', group: 'opt', current })
  const write = (file: string, value: unknown) => writeFileSync(join(dir, file), JSON.stringify(value))
  expect(await params()).toEqual({})
  write('hotcb.actuators.json', { controls: [control('lr', 0.1), control('wd', 0.2), control('off', null)] })
  expect(await params()).toEqual({ lr: 0.1, wd: 0.2 })
  write('hotcb.run.json', { params: { lr: 5 } })
  expect(await params()).toEqual({ lr: 5, wd: 0.2 })
  const before = reader.params
  await reader.refresh()
  expect(reader.params).toBe(before)
  rmSync(join(dir, 'hotcb.run.json'))
  expect(await params()).toEqual({ lr: 0.1, wd: 0.2 })
  write('hotcb.run.json', { params: { lr: 6 } })
  expect(await params()).toEqual({ lr: 6, wd: 0.2 })
  rmSync(join(dir, 'hotcb.run.json'))
  mkdirSync(join(dir, 'hotcb.run.json'))
  expect(await params()).toEqual({ lr: 6, wd: 0.2 })
  writeFileSync(join(dir, 'hotcb.actuators.json'), '{"controls":')
  expect(await params()).toEqual({ lr: 6 })
})
