// Measures the cost of the command line as a process against a bare `node -e 0` in the same session. Run: node packages/cli/bench/processes.mjs
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const BIN = fileURLToPath(new URL('../../../apps/cli/bin/hotcb.js', import.meta.url))

/**
 * Times `set` and `status` (a ledger of `ledgerLines` lines) against bare node, alternating, so that a busy machine slows
 * all of them equally. Returns medians in milliseconds and their ratios to bare node.
 */
export function benchProcesses({ rounds = 25, ledgerLines = 100_000, bin = BIN } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  try {
    const small = makeRun(join(root, 'small'), 10)
    const large = makeRun(join(root, 'large'), ledgerLines)
    const cases = {
      'node -e 0': ['-e', '0'],
      'hotcb set': [bin, '--dir', small, 'set', 'lr=0.01'],
      'hotcb status': [bin, '--dir', small, 'status'],
      [`hotcb status, ledger of ${ledgerLines.toLocaleString('en')} lines`]: [bin, '--dir', large, 'status'],
      [`hotcb log, ledger of ${ledgerLines.toLocaleString('en')} lines`]: [bin, '--dir', large, 'log'],
      'hotcb --version': [bin, '--version'],
    }
    const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]))
    for (let round = 0; round < rounds + 2; round++) {
      for (const [name, args] of Object.entries(cases)) {
        const ms = timeProcess(args)
        if (round >= 2) times[name].push(ms)
      }
    }
    const bare = median(times['node -e 0'])
    return Object.entries(times).map(([name, all]) => ({ name, ms: median(all), ratio: median(all) / bare }))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function timeProcess(args) {
  // Node reads a certificate file at startup where one is configured. That is not part of the measurement.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  const ms = Number(process.hrtime.bigint() - start) / 1e6
  if (status !== 0) throw new Error(`${args.join(' ')} exited with ${status}: ${stderr}`)
  return ms
}

function makeRun(dir, lines) {
  mkdirSync(dir, { recursive: true })
  const ledger = Array.from({ length: lines }, (_, i) => ledgerLine(i + 1))
  const text = `${ledger.join('\n')}\n`
  writeFileSync(join(dir, 'hotcb.applied.jsonl'), text)
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify({ controls: CONTROLS }))
  writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify(stateDocument(lines, Buffer.byteLength(text))))
  return dir
}

function ledgerLine(seq) {
  return JSON.stringify({
    seq, step: seq * 3, epoch: null, event: 'train_step_end', phase: null, module: 'opt', op: 'set_params', id: 'main',
    source: 'cli', decision: 'applied', params: { lr: seq / 1e6 }, payload: { lr: seq / 1e6 }, error: null, traceback: null,
    notes: null, wall_time: 1.7e9 + seq, cid: `1m800${String(seq).padStart(14, '0')}`, writer: null, offset: seq * 150, author: 'ann', call: 0,
    old: { lr: (seq - 1) / 1e6 }, of: null, reverts: null, attempt: 1, ranks: null,
  }) // biome-ignore format: keeps the order of the wire format visible
}

const CONTROLS = [
  { param_key: 'lr', type: 'log_float', label: 'Learning rate', group: 'optimizer', min: 1e-7, max: 1, step: null, log_base: 10, choices: null, current: 0.01, state: 'verified' },
] // biome-ignore format: one control per line

function stateDocument(seq, ledgerBytes) {
  return {
    protocol: 1,
    kernel: { name: 'hotcb', version: '0.1.0', pid: 1, host: 'bench', attempt: 1 },
    step: seq * 3,
    freeze: { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
    paused: false,
    closed: false,
    held: [],
    last: { 'opt:main': { seq, op: 'set_params', step: seq * 3, decision: 'applied' } },
    modules: {},
    ledger_bytes: ledgerBytes,
    step_seconds: 0.01,
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, ms, ratio } of benchProcesses()) {
    console.log(`${name.padEnd(44)} ${ms.toFixed(1).padStart(7)} ms  ${ratio.toFixed(2)} x`)
  }
}
