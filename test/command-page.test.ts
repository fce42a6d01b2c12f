import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDirectory } from './remove-directory.ts'
import { ROOT } from './tarballs.ts'

// The commands that hotcb 2 documents, line by line, on a run without a trainer: only the files that each command writes are checked.
const HOTCB = join(ROOT, 'apps/cli/bin/hotcb.js')
const home = mkdtempSync(join(tmpdir(), 'hotcb-page-'))
const run = join(home, 'runs/exp-001')

beforeAll(() => {
  mkdirSync(join(home, 'runs'), { recursive: true })
  writeFileSync(join(home, 'feat_viz.py'), 'class FeatureVizCallback:\n    pass\n')
})

afterAll(() => removeDirectory(home))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Types a line as a shell reads it. */
function type(line: string): Ended {
  const { FORCE_COLOR: _, ...env } = process.env
  const bin = join(home, 'bin')
  if (!existsSync(bin)) {
    mkdirSync(bin)
    writeFileSync(join(bin, 'hotcb'), `#!/bin/sh\nexec ${process.execPath} ${HOTCB} "$@"\n`, { mode: 0o755 })
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: home,
    encoding: 'utf8',
    // A command that waits forever fails here and does not delay the others.
    timeout: 300_000,
    env: { ...env, PATH: `${bin}:${env['PATH'] ?? ''}`, NO_COLOR: '1', USER: 'ann', LC_ALL: 'C.UTF-8' },
  })
  return { code: status, out: stdout, err: stderr }
}

function lastCommand(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(run, 'hotcb.commands.jsonl'), 'utf8').trim().split('\n').at(-1) ?? '{}')
}

function freezeDocument(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(run, 'hotcb.freeze.json'), 'utf8'))
}

test('init makes the five files', () => {
  expect(type('hotcb --dir runs/exp-001 init').code).toBe(0)
  for (const name of ['yaml', 'commands.jsonl', 'applied.jsonl', 'recipe.jsonl', 'freeze.json']) {
    expect(existsSync(join(run, `hotcb.${name}`)), name).toBe(true)
  }
})

test('status shows the freeze mode and the last changes', () => {
  expect(type('hotcb --dir runs/exp-001 status')).toMatchObject({ code: 0, out: expect.stringMatching(/freeze/i) })
})

const QUEUED: readonly (readonly [line: string, command: object])[] = [
  ['cb enable timing', { module: 'cb', op: 'enable', id: 'timing' }],
  ['cb disable feat_viz', { module: 'cb', op: 'disable', id: 'feat_viz' }],
  [
    'cb load feat_viz --file $PWD/feat_viz.py --symbol FeatureVizCallback --enabled --init every=50 layer=conv3',
    {
      module: 'cb',
      op: 'load',
      target: { kind: 'python_file', path: join(home, 'feat_viz.py'), symbol: 'FeatureVizCallback' },
      init: { every: 50, layer: 'conv3' },
      enabled: true,
    },
  ],
  [
    'cb load timing --path hotcb.modules.cb.callbacks.timing --symbol TimingCallback --enabled',
    { target: { kind: 'module', path: 'hotcb.modules.cb.callbacks.timing', symbol: 'TimingCallback' }, enabled: true },
  ],
  ['cb set_params timing every=100', { module: 'cb', op: 'set_params', id: 'timing', params: { every: 100 } }],
  ['cb unload feat_viz', { module: 'cb', op: 'unload', id: 'feat_viz' }],
  ['opt enable', { module: 'opt', op: 'enable', id: 'main' }],
  ['opt disable', { module: 'opt', op: 'disable', id: 'main' }],
  ['opt set_params lr=3e-5 weight_decay=0.01', { module: 'opt', params: { lr: 3e-5, weight_decay: 0.01 } }],
  ['opt set_params clip_norm=1.0', { params: { clip_norm: 1 } }],
  ['opt set_params scheduler_scale=0.5', { params: { scheduler_scale: 0.5 } }],
  ['opt set_params scheduler_drop=0.1', { params: { scheduler_drop: 0.1 } }],
  ['loss enable', { module: 'loss', op: 'enable', id: 'main' }],
  ['loss disable', { module: 'loss', op: 'disable', id: 'main' }],
  ['loss set_params distill_w=0.2 depth_w=1.5', { module: 'loss', params: { distill_w: 0.2, depth_w: 1.5 } }],
  [
    'loss set_params terms.aux_depth=false terms.aux_heatmap=true',
    { params: { 'terms.aux_depth': false, 'terms.aux_heatmap': true } },
  ],
  [
    `loss set_params ramps.depth='{"type":"linear","warmup_frac":0.2,"end":2.0}'`,
    { params: { 'ramps.depth': { type: 'linear', warmup_frac: 0.2, end: 2 } } },
  ],
  ['tune enable', { module: 'tune', op: 'enable', params: { mode: 'active' } }],
  ['tune enable --mode observe', { module: 'tune', op: 'enable', params: { mode: 'observe' } }],
  ['tune disable', { module: 'tune', op: 'disable' }],
  ['tune set acceptance.epsilon=0.002', { module: 'tune', op: 'set', params: { 'acceptance.epsilon': 0.002 } }],
  ['tune set safety.max_global_reject_streak=5', { params: { 'safety.max_global_reject_streak': 5 } }],
  ['enable timing', { module: 'cb', op: 'enable', id: 'timing' }],
  ['disable timing', { module: 'cb', op: 'disable', id: 'timing' }],
  ['set lr=5e-5', { module: 'opt', op: 'set_params', params: { lr: 5e-5 } }],
  ['set distill_w=0.25', { module: 'loss', op: 'set_params', params: { distill_w: 0.25 } }],
]

test.each(QUEUED)('`hotcb --dir runs/exp-001 %s` queues its command', (line, command) => {
  expect(type(`hotcb --dir runs/exp-001 ${line}`)).toMatchObject({ code: 0, err: '' })
  expect(lastCommand()).toMatchObject(command)
})

test('an ambiguous key is an error that names the nearest known ones, and writes nothing', () => {
  const before = readFileSync(join(run, 'hotcb.commands.jsonl'), 'utf8')
  expect(type('hotcb --dir runs/exp-001 set something=1')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/unknown key `something`/),
  })
  expect(readFileSync(join(run, 'hotcb.commands.jsonl'), 'utf8')).toBe(before)
})

test('values have the types that the page documents', () => {
  type(`hotcb --dir runs/exp-001 cb set_params x lr=3e-5 every=50 enabled=true ramps='{"type":"linear"}' name=foo`)
  expect(lastCommand()['params']).toEqual({
    lr: 3e-5,
    every: 50,
    enabled: true,
    ramps: { type: 'linear' },
    name: 'foo',
  })
})

test('freeze writes the document, for every mode of the page', () => {
  writeFileSync(
    join(run, 'hotcb.recipe.jsonl'),
    '{"at":{"step":5,"event":"train_step_end"},"module":"opt","op":"set_params","id":"main","params":{"lr":0.1}}\n',
  )
  const freeze = (flags: string): Ended => type(`hotcb --dir runs/exp-001 freeze ${flags}`)
  expect(freeze('--mode prod').code).toBe(0)
  expect(freezeDocument()).toMatchObject({ mode: 'prod' })
  expect(freeze('--mode replay --recipe hotcb.recipe.jsonl --policy best_effort').code).toBe(0)
  expect(freezeDocument()).toMatchObject({ mode: 'replay', recipe_path: 'hotcb.recipe.jsonl', policy: 'best_effort' })
  expect(
    type('hotcb --dir runs/exp-001 recipe patch-template --recipe hotcb.recipe.jsonl --output hotcb.adjust.yaml').code,
  ).toBe(0)
  const template = existsSync(join(home, 'hotcb.adjust.yaml'))
    ? join(home, 'hotcb.adjust.yaml')
    : join(run, 'hotcb.adjust.yaml')
  expect(readFileSync(template, 'utf8')).toMatch(/patches:\s*\n(.*\n)*?.*module: opt/)
  writeFileSync(join(run, 'hotcb.adjust.yaml'), readFileSync(template))
  expect(
    freeze(
      '--mode replay_adjusted --recipe hotcb.recipe.jsonl --adjust hotcb.adjust.yaml --policy strict --step-offset 100',
    ).code,
  ).toBe(0)
  expect(freezeDocument()).toMatchObject({
    mode: 'replay_adjusted',
    adjust_path: 'hotcb.adjust.yaml',
    step_offset: 100,
  })
  expect(freeze('--mode off').code).toBe(0)
  expect(freezeDocument()).toMatchObject({ mode: 'off' })
})

test('a recipe is checked and exported', () => {
  expect(type('hotcb --dir runs/exp-001 recipe validate --recipe hotcb.recipe.jsonl').code).toBe(0)
  expect(type('hotcb --dir runs/exp-001 recipe export --out my_recipe.jsonl').code).toBe(0)
  expect(existsSync(join(home, 'my_recipe.jsonl')) || existsSync(join(run, 'my_recipe.jsonl'))).toBe(true)
})

test('the page shows the state and the recipe of the tuner', () => {
  expect(type('hotcb --dir runs/exp-001 tune status')).toMatchObject({ code: 0, out: expect.stringMatching(/tuner/) })
  expect(type('hotcb --dir runs/exp-001 tune export-recipe --out evolved_summary.json').code).toBe(0)
  expect(existsSync(join(home, 'evolved_summary.json')) || existsSync(join(run, 'evolved_summary.json'))).toBe(true)
})

test.each(['', '--autopilot ai_suggest --key-metric val_loss'])(
  'serve %s listens on the port that it is given',
  async (flags) => {
    const line = ['serve', '--dir', 'runs/exp-001', '--port', '0', ...flags.split(' ').filter(Boolean)]
    const server = spawn(process.execPath, [HOTCB, ...line], { cwd: home })
    try {
      let said = ''
      const url = await new Promise<string>((resolve) => {
        server.stdout.on('data', (data: Buffer) => {
          said += data.toString()
          const found = /http:\/\/\S+/.exec(said)?.[0]
          if (found !== undefined) resolve(found)
        })
      })
      const answer = execFileSync(process.execPath, ['-e', `fetch('${url}').then((r) => console.log(r.status))`])
      expect(answer.toString()).toBe('200\n')
    } finally {
      server.kill('SIGKILL')
    }
  },
)
