import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildProgram, temporaryDirectory } from './program.ts'

let program = ''
beforeAll(() => {
  program = buildProgram()
})

// The worst loss is at the first step and the best in the middle, so that the first, the last and the best value differ.
const CONFIG = `name: p
grid: all
launcher: ./launch.sh
objective: {metric: loss, direction: min}
parameters:
  lr: {type: discrete, values: [0.5, 1.0]}
  step: {type: discrete, values: [3]}
  kind: {type: discrete, values: ['a,b', "true"]}
`
const LAUNCHER = `#!/bin/bash
. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"
log_result loss 3 1
log_result loss 1.5 2
log_result loss 2 3
log_result accuracy 0.5 1
log_result accuracy 0.25 2
[ "$HYPERHERD_TRIAL_ID" != 0 ] || exit 3
log_result loss 2
`

function herd(dir: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'sweep', ...words], {
    cwd: dir,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr.trim() }
}

function finished(): string {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'hyperherd.yaml'), CONFIG)
  writeFileSync(join(dir, 'launch.sh'), LAUNCHER)
  chmodSync(join(dir, 'launch.sh'), 0o755)
  herd(dir, 'run', '--watch')
  return dir
}

test('trials are exported as CSV, JSON and Parquet with the same values', () => {
  const dir = finished()
  const [head = '', ...lines] = herd(dir, 'export', '--format', 'csv').out.trimEnd().split('\n')
  expect(head).toBe(
    'trial,experiment_name,state,reason,attempt,step,seconds,lr,params.step,kind,loss,loss.last,loss.best,loss.best_step,accuracy,accuracy.last,accuracy.min,accuracy.max',
  )
  expect(lines).toHaveLength(4)
  expect(lines[0]).toMatch(
    /^0,"lr-0\.5_step-3_kind-a,b",failed,exit,1,3,[\d.]+,0\.5,3,"a,b",,2,1\.5,2,,0\.25,0\.25,0\.5$/,
  )
  expect(lines[3]).toMatch(/completed,,1,3,[\d.]+,1,3,true,2,2,1\.5,2,,0\.25,0\.25,0\.5$/)

  expect(herd(dir, 'export', '-o', 'made/here/trials.csv')).toMatchObject({
    code: 0,
    out: 'made/here/trials.csv: 4 trials\n',
  })
  expect(readFileSync(join(dir, 'made/here/trials.csv'), 'utf8').trimEnd().split('\n')).toEqual([head, ...lines])

  const json = JSON.parse(herd(dir, 'export', '--format', 'json').out)
  expect(json).toHaveLength(4)
  expect(json[3]).toMatchObject({
    trial: 3,
    state: 'completed',
    params: { lr: 1, step: 3, kind: 'true' },
    metrics: {
      loss: { final: 2, last: 2, best: 1.5, best_step: 2 },
      accuracy: { final: null, last: 0.25, min: 0.25, max: 0.5 },
    },
  })
  expect(JSON.parse(herd(dir, 'export', '3', '--format', 'json', '-o', '-').out)).toEqual([json[3]])

  expect(JSON.parse(herd(dir, 'export', '-o', 'trials.parquet', '--json').out)).toEqual({
    path: 'trials.parquet',
    format: 'parquet',
    trials: 4,
  })
  const parquet = readFileSync(join(dir, 'trials.parquet'), 'latin1')
  expect(parquet).toMatch(/^PAR1[\s\S]*PAR1$/)
  expect(parquet).toContain('params.step')
})

test('an impossible export is refused in one line, and writes no file', () => {
  const dir = finished()
  mkdirSync(join(dir, 'folder.csv'))
  const refused = (...words: string[]) => {
    const { code, err } = herd(dir, 'export', ...words)
    return [code, err.replaceAll(dir, 'DIR')]
  }
  expect(refused()).toEqual([
    1,
    'hotcb: choose what to export: `--format csv`, `json` or `parquet` for the trials, or `--schedule`',
  ])
  expect(refused('--format', 'parquet')).toEqual([
    2,
    'hotcb: `--format parquet` is a binary format: choose a file with `--out`',
  ])
  expect(refused('-o', 'hyperherd.yaml')).toEqual([
    2,
    'hotcb: `--out hyperherd.yaml` must end in .csv, .json or .parquet',
  ])
  expect(refused('--format', 'csv', '-o', 'a.json')).toEqual([2, 'hotcb: `--out a.json` must end in .csv'])
  const [code, line] = refused('--format', 'csv', '--json')
  expect([code, JSON.parse(String(line))]).toEqual([
    2,
    {
      error: '`--json` and the table both write to standard output: choose a file with `--out`',
      code: 'usage',
      exit_code: 2,
    },
  ])
  expect(refused('--schedule', '--format', 'csv')).toEqual([
    2,
    'hotcb: `--schedule` always writes a recipe and cannot be combined with `--format`',
  ])
  expect(refused('7', '--format', 'csv')).toEqual([1, 'Error: trial 7 does not exist; list the trials with `herd ls`'])
  const manifest = readFileSync(join(dir, '.hyperherd/manifest.json'), 'utf8')
  expect(refused('-o', '.hyperherd/manifest.json')).toEqual([
    1,
    "hotcb: cannot write `.hyperherd/manifest.json`: `DIR/.hyperherd/manifest.json` is one of the sweep's own files: choose a different path",
  ])
  expect(readFileSync(join(dir, '.hyperherd/manifest.json'), 'utf8')).toBe(manifest)
  expect(refused('-o', 'folder.csv')[0]).toBe(1)
  expect(existsSync(join(dir, 'a.json'))).toBe(false)
})
