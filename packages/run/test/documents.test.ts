import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UNFROZEN } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { freezeOf, readDocumentText } from '../src/index.ts'
import { listRunCheckpointsAsync, openRun, openRunDirectory, watchRunDocument } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

test('a missing or empty document is absent; for an unreadable one the reason names its file', () => {
  const dir = temporaryDirectory()
  const run = openRunDirectory(dir)
  expect(run.document('run')).toEqual({ value: undefined, trouble: undefined, modifiedMs: null })
  writeFileSync(run.path('run'), ' \n')
  expect(run.document('run')).toMatchObject({ value: undefined, trouble: undefined })
  writeFileSync(run.path('run'), '{"max_steps":"many"}')
  expect(run.document('run').trouble).toBe(
    `\`${run.path('run')}\` cannot be read: \`max_steps\` must be a whole number, got "many"`,
  )
  writeFileSync(run.path('run'), '{"max_steps":')
  expect(run.document('run').trouble).toMatch(/^`.*hotcb\.run\.json` is not JSON: /)
  writeFileSync(run.path('run'), '{"max_steps":100}')
  expect(run.document('run').value?.max_steps).toBe(100)
})

test('an unreadable freeze document counts as `prod`', () => {
  const dir = temporaryDirectory()
  const run = openRunDirectory(dir)
  expect(run.freeze()).toEqual({ state: UNFROZEN, trouble: undefined })
  writeFileSync(run.path('freeze'), '')
  expect(run.freeze().state.mode).toBe('off')
  writeFileSync(run.path('freeze'), '{"mode":"solid"}')
  expect(run.freeze()).toMatchObject({ state: { mode: 'prod' }, trouble: expect.stringContaining('`mode` must be') })
  run.writeFreeze({ ...UNFROZEN, mode: 'prod' })
  expect(run.freeze()).toMatchObject({ state: { mode: 'prod' }, trouble: undefined })
  expect(freezeOf({ value: undefined, trouble: 'x', modifiedMs: 1 }).state.mode).toBe('prod')
})

test('one unreadable control does not hide the others', () => {
  const control = { param_key: 'lr', type: 'float', group: 'optimizer', current: 0.1 }
  const text = JSON.stringify({
    controls: [control, { param_key: 'x', type: 'hologram' }, 3, { ...control, param_key: 'wd' }],
  })
  const read = readDocumentText('actuators', text)
  expect(read.ok && read.value?.controls.map((one) => one.param_key)).toEqual(['lr', 'wd'])
  expect(readDocumentText('actuators', '{"controls":3}')).toEqual({
    ok: false,
    reason: 'cannot be read: `controls` must be a list, got 3',
  })
})

test('checkpoints are listed earliest first, without unfinished ones and files', async () => {
  const dir = temporaryDirectory()
  const run = openRunDirectory(dir)
  const folder = run.path('checkpoints')
  expect([run.checkpoints(), await listRunCheckpointsAsync(folder, 10)]).toEqual([[], []])
  for (const [tag, meta] of [
    ['step-100', '{"step":100,"seq":7}'],
    ['best', '{"step":20,"seq":3}'],
    ['strange', 'nonsense'],
    ['.saving-1', '{"step":5,"seq":1}'],
  ] as const) {
    mkdirSync(join(folder, tag), { recursive: true })
    writeFileSync(join(folder, tag, 'meta.json'), meta)
  }
  mkdirSync(join(folder, 'by-hand'))
  writeFileSync(join(folder, 'file'), '')
  const found = run.checkpoints()
  expect(found.map(({ tag, step, meta }) => [tag, step, meta?.seq])).toEqual([
    ['by-hand', null, undefined],
    ['strange', null, undefined],
    ['best', 20, 3],
    ['step-100', 100, 7],
  ])
  expect(await listRunCheckpointsAsync(folder, 10)).toEqual(found)
})

test('a directory that is not a run is refused in one line', () => {
  const dir = temporaryDirectory()
  expect(() => openRun(dir)).toThrow(`\`${dir}\` is not a run directory: it contains no hotcb.* file`)
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), '')
  expect(() => openRun(dir)).toThrow(
    'it contains `hotcb.recipe.jsonl`, but no file that a trainer or `hotcb init` writes',
  )
  expect(() => openRun(join(dir, 'none'))).toThrow(`the directory \`${join(dir, 'none')}\` does not exist`)
  writeFileSync(join(dir, 'file'), '')
  expect(() => openRun(join(dir, 'file'))).toThrow('is a file, not a run directory')
  writeFileSync(join(dir, 'hotcb.yaml'), '')
  expect(openRun(dir).dir).toBe(dir)
})

test('a watched document is read when it has changed; while it cannot be read, its last valid value is kept', async () => {
  const dir = temporaryDirectory()
  const path = join(dir, 'hotcb.run.json')
  const watched = watchRunDocument('run', path)
  expect([await watched.refresh(), watched.reading.modifiedMs]).toEqual([false, null])
  writeFileSync(path, '{"seed":1}')
  expect([await watched.refresh(), await watched.refresh(), watched.reading.value?.seed]).toEqual([true, false, 1])
  writeFileSync(path, '{"seed":')
  expect([await watched.refresh(), watched.reading.value?.seed]).toEqual([true, 1])
  expect(watched.reading.trouble).toContain('is not JSON')
  writeFileSync(path, '{"seed":22}')
  expect([await watched.refresh(), watched.reading]).toMatchObject([true, { value: { seed: 22 }, trouble: undefined }])
  symlinkSync('/etc', join(dir, 'link'))
  const outside = watchRunDocument('run', join(dir, 'link', 'hosts'), { within: [realpathSync(dir)] })
  expect([await outside.refresh(), await outside.refresh(), outside.reading.trouble]).toEqual([
    true,
    false,
    `cannot read \`${join(dir, 'link', 'hosts')}\`: it is a link out of the served directories`,
  ])
})
