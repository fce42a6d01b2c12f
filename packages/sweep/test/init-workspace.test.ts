import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { initWorkspace } from '../src/node/init-workspace.ts'
import { isSweepError } from '../src/node/sweep-error.ts'
import { loadConfig } from '../src/node/workspace.ts'
import { openWorkspace } from '../src/node.ts'

function directory(): string {
  const root = mkdtempSync(join(tmpdir(), 'init-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

function configIn(root: string) {
  const workspace = openWorkspace(root)
  onTestFinished(() => workspace.close())
  return loadConfig(workspace.paths).config
}

const textIn = (root: string, name: string): string => readFileSync(join(root, name), 'utf8')

test('a new workspace has a config named after its directory, and an executable launcher', () => {
  const root = join(directory(), 'my sweep, the 2nd')
  const paths = initWorkspace(root, { hotcb: 'hotcb' })
  expect(paths).toEqual([join(root, 'hyperherd.yaml'), join(root, 'launch.sh')])
  expect(statSync(join(root, 'launch.sh')).mode & 0o777).toBe(0o755)
  expect(configIn(root)).toMatchObject({ name: 'my-sweep-the-2nd', launcher: './launch.sh', grid: { kind: 'all' } })
  expect(configIn(root).parameters.map(({ name }) => name)).toEqual(['learning_rate'])
  expect(textIn(root, 'launch.sh')).toMatch(/^exec python train\.py \$OVERRIDES$/m)
  const long = join(directory(), 'x'.repeat(80))
  initWorkspace(long, { hotcb: 'hotcb' })
  expect(configIn(long).name).toBe('x'.repeat(64))
})

test("the digits example runs hotcb's digits demo", () => {
  const root = join(directory(), 'digits')
  initWorkspace(root, { example: 'digits', hotcb: "node 'my hotcb.js'" })
  const { name, parameters, conditions, objective } = configIn(root)
  expect([name, parameters.map((one) => one.name), conditions.length]).toEqual(['digits', ['lr', 'weight_decay', 'optimizer'], 1]) // biome-ignore format: short
  expect(objective).toEqual({ metric: 'val_loss', direction: 'min', value: 'last' })
  expect(textIn(root, 'launch.sh')).toContain(`\nexec node 'my hotcb.js' demo --dir "$HOTCB_RUN_DIR" --no-serve`)
})

test('existing files are replaced only with `force`, and nothing is written otherwise', () => {
  const root = directory()
  writeFileSync(join(root, 'launch.sh'), 'mine')
  const refusal = `\`${join(root, 'launch.sh')}\` already exists; use \`--force\` to replace it`
  for (const more of [{}, { force: false }]) expect(() => initWorkspace(root, { hotcb: 'hotcb', ...more })).toThrow(refusal) // biome-ignore format: short
  expect([existsSync(join(root, 'hyperherd.yaml')), textIn(root, 'launch.sh')]).toEqual([false, 'mine'])
  initWorkspace(root, { hotcb: 'hotcb', force: true })
  expect(textIn(root, 'launch.sh')).not.toBe('mine')
})

test('the given files are copied', () => {
  const root = directory()
  const [config, launcher] = [join(root, 'c.yaml'), join(root, 'l.sh')]
  writeFileSync(config, 'name: mine\n')
  writeFileSync(launcher, '#!/bin/bash\n')
  initWorkspace(join(root, 'a'), { config, launcher, hotcb: 'hotcb' })
  expect([textIn(root, 'a/hyperherd.yaml'), textIn(root, 'a/launch.sh')]).toEqual(['name: mine\n', '#!/bin/bash\n'])
  initWorkspace(join(root, 'b'), { launcher, hotcb: 'hotcb' })
  expect([configIn(join(root, 'b')).name, textIn(root, 'b/launch.sh')]).toEqual(['b', '#!/bin/bash\n'])
})

test('files that cannot be copied or converted are refused in one line, before anything is written', () => {
  const root = directory()
  const refused = (options: Partial<Parameters<typeof initWorkspace>[1]>): string => {
    try {
      initWorkspace(join(root, 'new'), { hotcb: 'hotcb', ...options })
      return ''
    } catch (error) {
      return isSweepError(error) && error.code === 'refused' ? error.message : String(error)
    }
  }
  expect(refused({ config: 'no.yaml' })).toBe('cannot copy `no.yaml`: no such file')
  expect(refused({ launcher: 'no.sh' })).toBe('cannot copy `no.sh`: no such file')
  expect(refused({ from: 'no.yaml' })).toBe(
    '`no.yaml` is neither an existing file nor a Hydra override such as lr=0.1,0.01',
  )
  expect(refused({ from: 'lr=0.1' })).toBe('none of the overrides has more than one value, as in lr=0.1,0.01')
  mkdirSync(join(root, 'folder'))
  expect(refused({ config: join(root, 'folder') })).toMatch(/folder/)
  const strange = join(root, 'strange.yaml')
  writeFileSync(strange, 'method: random\nparameters:\n  x: {distribution: beta}\n')
  expect(refused({ from: strange })).toBe(
    `${strange}: parameters.x: {"distribution":"beta"} has no equivalent here; convert it by hand`,
  )
  expect(existsSync(join(root, 'new'))).toBe(false)
})

test('configs converted from Hydra overrides and Weights & Biases sweeps name their origin', () => {
  const root = directory()
  initWorkspace(join(root, 'a'), { from: 'lr=0.1,0.01', hotcb: 'hotcb' })
  expect(textIn(root, 'a/hyperherd.yaml')).toMatch(/^# Created from Hydra overrides by `herd init`\.\n/)
  expect(configIn(join(root, 'a')).name).toBe('a')
})
