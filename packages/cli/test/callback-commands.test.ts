import { expect, test } from 'vitest'
import { commandsOf, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

test.each<[string, object]>([
  ['cb enable timing', { op: 'enable', id: 'timing', params: null }],
  ['cb disable feat_viz', { op: 'disable', id: 'feat_viz', params: null }],
  [
    'cb load feat_viz --file /tmp/feat_viz.py --symbol FeatureVizCallback --enabled --init every=50 layer=conv3',
    {
      op: 'load',
      id: 'feat_viz',
      target: { kind: 'python_file', path: '/tmp/feat_viz.py', symbol: 'FeatureVizCallback' },
      init: { every: 50, layer: 'conv3' },
      enabled: true,
    },
  ],
  [
    'cb load timing --path hotcb.modules.cb.callbacks.timing --symbol TimingCallback --enabled',
    {
      op: 'load',
      id: 'timing',
      target: { kind: 'module', path: 'hotcb.modules.cb.callbacks.timing', symbol: 'TimingCallback' },
      init: null,
      enabled: true,
    },
  ],
  [
    'cb load stats --path @hotcb/cb/callbacks --symbol tensorStats --init paths=loss,val/loss --init every=5 --no-enabled',
    {
      op: 'load',
      id: 'stats',
      target: { kind: 'module', path: '@hotcb/cb/callbacks', symbol: 'tensorStats' },
      init: { paths: 'loss,val/loss', every: 5 },
      enabled: false,
    },
  ],
  [
    'cb load own --file own.ts',
    { op: 'load', target: { kind: 'file', path: 'own.ts', symbol: 'default' }, enabled: null },
  ],
  ['cb set_params timing every=100', { op: 'set_params', id: 'timing', params: { every: 100 } }],
  ['cb set timing every=100 note=x', { op: 'set_params', id: 'timing', params: { every: 100, note: 'x' } }],
  ['cb unload feat_viz', { op: 'unload', id: 'feat_viz' }],
  ['enable timing', { op: 'enable', id: 'timing' }],
])('hotcb --dir RUN %s', async (line, expected) => {
  const dir = temporaryDirectory()
  writeRun(dir, {
    commands: '',
    state: stateDocument({ modules: { cb: { timing: { loaded: true, enabled: false } } } }),
  })
  const { code, err } = await hotcb(['--dir', dir, ...line.split(' ')])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(commandsOf(dir)).toEqual([expect.objectContaining({ module: 'cb', source: 'cli', ...expected })])
})

test('an empty id is refused, so that an unset variable does not select another callback', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', state: stateDocument() })
  expect(await hotcb(['--dir', dir, 'cb', 'unload', ''])).toMatchObject({
    code: 2,
    err: expect.stringContaining('ID is missing'),
  })
  expect(commandsOf(dir)).toEqual([])
})

test.each<[string, RegExp]>([
  ['cb load x', /one of `--file FILE` and `--path PACKAGE` must be given/],
  ['cb load x --file a.ts --path b', /one of `--file FILE` and `--path PACKAGE` must be given/],
  ['cb set_params every=3 b=2', /ID is missing: `hotcb cb set_params ID every=3`/],
  ['cb enable', /ID is missing/],
  ['cb lod x', /did you mean `hotcb cb load`/],
])('hotcb %s is refused, and nothing is written', async (line, error) => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', state: stateDocument() })
  const { code, err } = await hotcb(['--dir', dir, ...line.split(' ')])
  expect(code).toBe(2)
  expect(err).toMatch(error)
  expect(commandsOf(dir)).toEqual([])
})

test('`cb list` and `cb watch` report a run whose trainer has no callbacks module', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', state: stateDocument({ modules: {} }) })
  const list = await hotcb(['--dir', dir, 'cb', 'list'])
  expect(list).toMatchObject({ code: 1, err: expect.stringContaining('no trainer in') })
  const watch = await hotcb(['--dir', dir, 'cb', 'watch', 'x'])
  expect(watch).toMatchObject({ code: 1, err: expect.stringContaining('no callback `x` is loaded') })
})
