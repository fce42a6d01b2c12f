import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runDemo } from '../src/index.ts'
import { metrics, paper, temporaryDir } from './run-support.ts'

const SILENT = { json: true, screen: paper() }

test('without a directory, each run gets the first free number', async () => {
  const home = process.cwd()
  const here = temporaryDir()
  process.chdir(here)
  try {
    const screen = paper()
    await runDemo({ maxSteps: 2, ...SILENT })
    await runDemo({ maxSteps: 2, screen, command: 'hotcb' })
    expect(readdirSync(join(here, 'runs'))).toEqual(['demo-001', 'demo-002'])
    expect(screen.text()).toContain('hotcb --dir runs/demo-002 set lr=0.01\n')
    rmSync(join(here, 'runs'), { recursive: true })
    writeFileSync(join(here, 'runs'), 'mine')
    await expect(runDemo({ maxSteps: 2, ...SILENT })).rejects.toThrow('`runs` is a file, not a directory for runs')
  } finally {
    process.chdir(home)
  }
})

test('without runs, nothing is continued and nothing is created', async () => {
  const home = process.cwd()
  const here = temporaryDir()
  process.chdir(here)
  try {
    await expect(runDemo({ continue: true, command: 'hotcb', ...SILENT })).rejects.toThrow(
      'there is no run to continue in `runs/`: start one with `hotcb demo`, or name its directory',
    )
    expect(readdirSync(here)).toEqual([])
    await runDemo({ maxSteps: 3, ...SILENT })
    mkdirSync(join(here, 'runs/demo-002'))
    await runDemo({ continue: true, maxSteps: 5, ...SILENT })
    expect(metrics(join(here, 'runs/demo-001'))).toHaveLength(5)
  } finally {
    process.chdir(home)
  }
})
