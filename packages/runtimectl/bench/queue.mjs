// The cost of an idle poll, of a hundred thousand queued commands next to JSON.parse of their lines, of a restart after
// them, and of the program next to a bare `node -e 0`. Prints one JSON object.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openControls } from '@hotcb/runtimectl/node'
import { cpuMs, parseLines, readClock, threeStats } from '../../kernel/bench/floors.mjs'
import { quantile } from '../../kernel/bench/measure.mjs'

const COUNT = 100_000
const BIN = fileURLToPath(new URL('../../../apps/cli/bin/runtimectl.js', import.meta.url))

function withQueue(use) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  try {
    return use(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function open(dir) {
  const trainer = { lr: 1, calls: 0 }
  const controls = openControls({ dir })
  controls.register(
    'optimizer.lr.multiplier',
    (ctx, mult) => {
      ctx.lr *= mult
      ctx.calls++
    },
    { validate: Number },
  )
  return { controls, trainer }
}

/** Nanoseconds of one poll and of its floor, of alternating rounds back to back: their medians. */
function idle(every, calls, floor) {
  return withQueue((dir) => {
    const { controls, trainer } = open(dir)
    const [rounds, floors] = [[], []]
    for (let round = 0; round < 200; round++) {
      const start = performance.now()
      for (let i = 0; i < calls; i++) controls.pollAndApply({ ctx: trainer, every })
      const between = performance.now()
      for (let i = 0; i < calls; i++) floor()
      rounds.push(((between - start) * 1e6) / calls)
      floors.push(((performance.now() - between) * 1e6) / calls)
    }
    controls.close()
    return { ns: quantile(rounds, 0.5), floor_ns: quantile(floors, 0.5) }
  })
}

function backlog() {
  return withQueue((dir) => {
    const path = join(dir, 'commands.jsonl')
    const lines = Array.from({ length: COUNT }, (_, i) => {
      const id = `0c05a7b1-3dcf-49fe-b2c6-${String(i).padStart(12, '0')}`
      return `{"id": "${id}", "ts": ${1795303293.25 + i}, "op": "set", "path": "optimizer.lr.multiplier", "args": [${1 + (i % 9) / 10}], "kwargs": {}}\n`
    })
    writeFileSync(path, lines.join(''))
    const { controls, trainer } = open(dir)
    let longest = 0
    const ms = cpuMs(() => {
      while (trainer.calls < COUNT) {
        const start = performance.now()
        controls.pollAndApply({ ctx: trainer })
        longest = Math.max(longest, performance.now() - start)
      }
    })
    controls.close()
    const parseMs = parseLines(readFileSync(path, 'utf8'))
    const again = open(dir)
    const restartMs = cpuMs(() => {
      for (let i = 0; i < 100; i++) again.controls.pollAndApply({ ctx: again.trainer })
    })
    again.controls.close()
    if (again.trainer.calls > 0) throw new Error('a command was applied again')
    return { commands: COUNT, cpu_ms: ms, parse_cpu_ms: parseMs, longest_poll_ms: longest, restart_cpu_ms: restartMs }
  })
}

function processes() {
  // Every node process reads a configured certificate file, which is not part of the measurement.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  return withQueue((dir) => {
    const times = { bare: [], runtimectl: [] }
    const time = (args) => {
      const start = performance.now()
      if (spawnSync(process.execPath, args, { env }).status !== 0) throw new Error(args.join(' '))
      return performance.now() - start
    }
    for (let round = 0; round < 27; round++) {
      times.bare.push(time(['-e', '0']))
      times.runtimectl.push(time([BIN, '-q', dir, 'optimizer.lr.multiplier', '0.5']))
    }
    const [bare, ms] = [quantile(times.bare, 0.5), quantile(times.runtimectl, 0.5)]
    return { bare_ms: bare, ms, ratio: ms / bare }
  })
}

const stats = threeStats()
const looking = idle(0, 1000, stats.act)
stats.close()
console.log(JSON.stringify({ idle: idle(2, 20_000, readClock), looking, backlog: backlog(), process: processes() }))
