import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildProgram, temporaryDirectory } from './program.ts'

let program = ''
beforeAll(() => {
  program = buildProgram()
})

const CONFIG = `name: p
grid: all
launcher: ./launch.sh
objective: {metric: loss, direction: min}
parameters:
  x: {type: discrete, values: [1, 2, 3, 4, 5, 6]}
  kind: {type: discrete, values: [a, b]}
`
const LAUNCHER = `#!/bin/bash
. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"
x=\${1##*x=}
x=\${x%% *}
for step in 1 2 3 4; do log_result loss "$x.$((9 - step))" $step; done
`

function herd(dir: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'sweep', ...words], {
    cwd: dir,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

function finished(): string {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'hyperherd.yaml'), CONFIG)
  writeFileSync(join(dir, 'launch.sh'), LAUNCHER)
  chmodSync(join(dir, 'launch.sh'), 0o755)
  herd(dir, 'run', '--watch')
  return dir
}

test('importance and figures of a sweep are based on the completed trials', () => {
  const dir = finished()
  const importance = JSON.parse(herd(dir, 'importance', '--json').out)
  expect(importance).toMatchObject({ metric: 'loss', trials: 12, importance: [{ name: 'x' }, { name: 'kind' }] })
  expect(importance.importance[0].share).toBeGreaterThan(0.9)
  expect(herd(dir, 'importance').out).toMatch(/^x +\d+\.\d %/)
  for (const kind of ['curves', 'parallel', 'importance', 'contour']) {
    expect(herd(dir, 'plot', kind)).toMatchObject({ code: 0, out: `${kind}.svg\n` })
    expect(readFileSync(join(dir, `${kind}.svg`), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
  }
  const curves = readFileSync(join(dir, 'curves.svg'), 'utf8')
  expect(curves.match(/<path /g)).toHaveLength(12)
  expect(readFileSync(join(dir, 'contour.svg'), 'utf8')).toContain('loss over x and kind')
  expect(herd(dir, 'plot', 'curves', '-p', 'kind=a', '--smooth', '3', '-o', 'some.svg')).toMatchObject({ code: 0 })
  const some = readFileSync(join(dir, 'some.svg'), 'utf8')
  expect(some.match(/<path /g)).toHaveLength(6)
  expect(curves).not.toContain(some.match(/<path d="[^"]*"/)?.[0])
})

test('an impossible figure is refused in one line, and no file is written', () => {
  const dir = finished()
  const refused = (...words: string[]) => {
    const { code, err } = herd(dir, ...words)
    return [code, err.trim()]
  }
  expect(refused('plot', 'rungs')).toEqual([1, 'Error: early stopping has not judged any trial'])
  expect(refused('plot', 'lineage')).toEqual([1, 'Error: no trial has continued from a checkpoint of another trial'])
  expect(refused('plot', '-p', 'kind=z')).toEqual([1, 'Error: no trial matches kind=z'])
  expect(refused('plot', '--smooth', '0')).toEqual([2, 'hotcb: `--smooth` must be a whole number >= 1, got "0"'])
  expect(refused('plot', '-m', 'other')).toEqual([1, 'Error: no trial has reported `other`; choose from loss'])
  expect(refused('plot', 'contour', '-x', 'z')).toEqual([1, 'Error: there is no parameter `z`; choose from x, kind'])
  expect(refused('plot', '-o', 'a.jpg')).toEqual([2, 'hotcb: `-o a.jpg` must end in .svg or .png'])
  expect(existsSync(join(dir, 'rungs.svg'))).toBe(false)
  expect(existsSync(join(dir, 'curves.svg'))).toBe(false)
})
