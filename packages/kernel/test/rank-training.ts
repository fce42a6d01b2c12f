import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Fault, RankEnd, RankSpec } from './fixtures/rank.ts'

const children: ChildProcess[] = []
const out = mkdtempSync(join(tmpdir(), 'hotcb-rank-program-'))

// Bundled once, because these tests start many processes.
beforeAll(() =>
  build({
    config: false,
    entry: [fileURLToPath(new URL('./fixtures/rank.ts', import.meta.url))],
    outDir: out,
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    silent: true,
    noExternal: [/./],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    esbuildOptions: (options) => {
      options.conditions = ['@hotcb/source', 'node', 'import']
    },
  }),
)
afterAll(() => rmSync(out, { recursive: true, force: true }))

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A training run on several ranks, each in its own process. */
export interface RankTraining {
  readonly ranks: readonly ChildProcess[]
  /** The final output of each rank; null for one that was killed. */
  readonly ends: readonly Promise<RankEnd | null>[]
}

/** Starts a rank for each fault; `''` means no fault. */
export function startRanks(
  run: string,
  faults: readonly (Fault | '')[],
  spec: Omit<RankSpec, 'run' | 'meet' | 'rank' | 'world' | 'fault'>,
): RankTraining {
  const meet = mkdtempSync(join(run, 'meet-'))
  // Without a fault, a rank that is slow to start must not be lost.
  const timeoutMs = faults.some((fault) => fault.startsWith('die')) ? 5000 : 60_000
  const ranks = faults.map((fault, rank) => {
    const all: RankSpec = { run, meet, rank, world: faults.length, fault, timeoutMs, ...spec }
    const child = spawn(process.execPath, [join(out, 'rank.mjs'), JSON.stringify(all)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    return child
  })
  return { ranks, ends: ranks.map(endOf) }
}

/** Trains until all ranks have finished. */
export function train(
  run: string,
  steps: number,
  faults: readonly (Fault | '')[] = ['', ''],
  spec: Partial<RankSpec> = {},
): Promise<(RankEnd | null)[]> {
  return Promise.all(startRanks(run, faults, { steps, ...spec }).ends)
}

function endOf(child: ChildProcess): Promise<RankEnd | null> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('close', () => {
      if (stderr !== '') reject(new Error(stderr))
      else resolve(stdout === '' ? null : JSON.parse(stdout))
    })
  })
}
