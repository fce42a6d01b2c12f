// `pnpm bench [GROUP...] [--peers]`: the figures of the kernel, of callbacks, of the command line, of registered
// controls and of expressions, each next to its floor. Without a group it measures all, and writes docs/benchmarks.md
// and docs/benchmarks.json; with groups it only prints their rows. `--peers` also runs the originals in Python. Not a
// test: limits are ratios, since machines differ.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { measurePeers } from './bench-peers.mjs'
import {
  autopilotRows,
  callbackRows,
  commandLineRows,
  controlRows,
  expressionRows,
  kernelRows,
  peerRows,
  sweepRows,
  tunerRows,
} from './bench-rows.mjs'
import { setUp } from './set-up.mjs'

const START = '<!-- kernel table: written by `pnpm bench` -->'
const END = '<!-- end of kernel table -->'
const GROUPS = {
  kernel: {
    rows: kernelRows,
    measure: () => measureEach('packages/kernel/bench', ['idle', 'latency', 'backlog', 'recipe']),
  },
  callbacks: { rows: callbackRows, measure: () => measureEach('packages/cb/bench', ['callbacks']) },
  cli: { rows: commandLineRows, measure: measureCommandLine },
  runtimectl: { rows: controlRows, measure: () => measureEach('packages/runtimectl/bench', ['queue']) },
  autopilot: { rows: autopilotRows, measure: () => measureEach('packages/autopilot/bench', ['beside', 'inside']) },
  tune: { rows: tunerRows, measure: () => measureEach('packages/tune/bench', ['observe']) },
  sweep: {
    rows: sweepRows,
    measure: () => measureEach('packages/sweep/bench', ['plan', 'status', 'tick', 'set']),
  },
  expr: { rows: expressionRows, measure: () => measureEach('packages/expr/bench', ['evaluate']) },
}

const withPeers = process.argv.includes('--peers')
const asked = process.argv.slice(2).filter((word) => word !== '--peers')
const unknown = asked.find((name) => !Object.hasOwn(GROUPS, name))
if (unknown !== undefined) {
  console.error(`no group \`${unknown}\` of benchmarks: choose among ${Object.keys(GROUPS).join(', ')}`)
  process.exit(2)
}
if (withPeers && asked.length > 0) {
  console.error('`--peers` needs every group of ours: leave the groups out')
  process.exit(2)
}
setUp()
const figures = {}
const rows = []
for (const name of asked.length > 0 ? asked : Object.keys(GROUPS)) {
  const measured = await GROUPS[name].measure()
  Object.assign(figures, measured)
  rows.push(...GROUPS[name].rows(measured))
}
const peers = withPeers ? measurePeers() : undefined
if (peers !== undefined) Object.assign(figures, { peers: peers.figures })
const table = asTable(rows, peers && { ...peers, rows: peerRows({ ...figures, ...peers.figures }) })
if (asked.length === 0) publish(table, figures)
console.log(table)

function measureEach(dir, names) {
  return Object.fromEntries(names.map((name) => [name, measure(`${dir}/${name}.mjs`)]))
}

function measure(program) {
  console.error(`bench: ${program}`)
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  return JSON.parse(
    execFileSync(process.execPath, [program], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] }),
  )
}

async function measureCommandLine() {
  const { benchProcesses } = await import('../packages/cli/bench/processes.mjs')
  console.error('bench: command line')
  return { processes: benchProcesses() }
}

function asTable(rows, peers) {
  const lines = [
    `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.version} on ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).`,
    'A floor is the least that the work could cost on the machine at hand, measured in the same process; the limit is a ratio to it.',
    '',
    '| what | peer | ours | floor | ratio | limit | limit before, on one machine | |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(
      ({ what, peer, ours, floor, ratio, limit, was, verdict }) =>
        `| ${what} | ${peer} | ${ours} | ${floor} | ${ratio} | ${limit} | ${was} | ${verdict} |`,
    ),
  ]
  if (peers === undefined) return lines.join('\n')
  const beside = ['', 'The originals in Python, in the same run:', '', '| what | theirs | ours |', '|---|---|---|']
  return [
    ...lines,
    ...beside,
    ...peers.rows.map((cells) => `| ${cells.join(' | ')} |`),
    ...peers.missing.map((why) => `\nNot run: ${why}`),
  ].join('\n')
}

function publish(table, figures) {
  mkdirSync('docs', { recursive: true })
  const path = 'docs/benchmarks.md'
  const page = existsSync(path) ? readFileSync(path, 'utf8') : `# Benchmarks\n\n${START}\n${END}\n`
  const [before, rest = ''] = page.split(START)
  const [, after = '\n'] = rest.split(END)
  writeFileSync(path, `${before}${START}\n\n${table}\n\n${END}${after}`)
  writeFileSync('docs/benchmarks.json', `${JSON.stringify(figures, null, 2)}\n`)
}
