// Measures the Python originals next to our programs. `HOTCB_PYTHON_SOURCE` and `RUNTIMECTL_PYTHON_SOURCE` name checkouts of them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findOriginals, installOriginals } from './python-originals.mjs'

/** Returns the results of the programs that could be run, and the reasons for those that could not. */
export function measurePeers() {
  const python = process.env.HOTCB_PYTHON ?? 'python3'
  const originals = findOriginals()
  if (originals.error !== undefined) return { figures: {}, missing: [originals.error] }
  const missing = originals.missing.map(({ name, variable }) => `${name}: ${variable} must name a checkout of it`)
  if (originals.named.length === 0) return { figures: {}, missing }
  const scratch = mkdtempSync(join(tmpdir(), 'hotcb-bench-peers-'))
  try {
    const installed = join(scratch, 'originals')
    const trouble = installOriginals(python, originals.named, installed)
    if (trouble !== undefined) return { figures: {}, missing: [...missing, trouble] }
    const figures = {}
    for (const { name, module } of originals.named) {
      console.error(`bench: ${name} in Python`)
      const run = measure(python, module, installed, scratch)
      if (run.figures === undefined) missing.push(`${name}: ${run.trouble}`)
      else figures[module] = run.figures
    }
    return { figures, missing }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function measure(python, module, installed, scratch) {
  const program = resolve('bench/peers', `${module}_bench.py`)
  const { status, stdout, stderr } = spawnSync(python, [program, join(scratch, module)], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: installed, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  })
  if (status === 0) return { figures: JSON.parse(stdout) }
  return { trouble: stderr.trim().split('\n').at(-1) ?? `it ended with ${status}` }
}
