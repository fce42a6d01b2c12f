// `pnpm bench [GROUP...] [--peers]`: measures the kernel, callbacks, the command line, registered controls, the PyTorch bridge
// and expressions, each next to its floor. It prints the rows, and replaces the sections of the measured groups in
// docs/benchmarks.md and their results in docs/benchmarks.json. Without a group it measures all. `--peers` also runs the
// originals in Python. This is not a test: limits are ratios, since machines differ.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { renewSections } from './bench-page.mjs'
import { measurePeers } from './bench-peers.mjs'
import {
  autopilotRows,
  bridgeRows,
  callbackRows,
  commandLineRows,
  controlRows,
  expressionRows,
  kernelRows,
  peerRows,
  slurmRows,
  sweepRows,
  tunerRows,
} from './bench-rows.mjs'
import { setUp } from './set-up.mjs'

const PAGE = 'docs/benchmarks.md'
const FIGURES = 'docs/benchmarks.json'
const PEERS = 'The originals in Python'
const GROUPS = {
  kernel: {
    title: 'Kernel',
    rows: kernelRows,
    measure: () => measureEach('packages/kernel/bench', ['idle', 'latency', 'backlog', 'recipe']),
  },
  callbacks: { title: 'Callbacks', rows: callbackRows, measure: () => measureEach('packages/cb/bench', ['callbacks']) },
  cli: { title: 'Command line', rows: commandLineRows, measure: measureCommandLine },
  runtimectl: {
    title: 'Registered controls',
    rows: controlRows,
    measure: () => measureEach('packages/runtimectl/bench', ['queue']),
  },
  autopilot: {
    title: 'Autopilot',
    rows: autopilotRows,
    measure: () => measureEach('packages/autopilot/bench', ['beside', 'inside']),
  },
  tune: { title: 'Tuner', rows: tunerRows, measure: () => measureEach('packages/tune/bench', ['observe']) },
  sweep: {
    title: 'Sweeps',
    rows: sweepRows,
    measure: () => measureEach('packages/sweep/bench', ['plan', 'submit', 'status', 'tick', 'set']),
  },
  bridge: { title: 'PyTorch bridge', rows: bridgeRows, measure: measureBridge },
  // Measured only if it is named, because it starts SLURM.
  slurm: {
    title: 'Sweeps on SLURM',
    rows: slurmRows,
    measure: () => measureEach('packages/sweep/bench', ['slurm']),
    isRare: true,
  },
  expr: { title: 'Expressions', rows: expressionRows, measure: () => measureEach('packages/expr/bench', ['evaluate']) },
}

const withPeers = process.argv.includes('--peers')
const asked = process.argv.slice(2).filter((word) => word !== '--peers')
const unknown = asked.find((name) => !Object.hasOwn(GROUPS, name))
if (unknown !== undefined) {
  console.error(`no benchmark group \`${unknown}\`: choose from ${Object.keys(GROUPS).join(', ')}`)
  process.exit(2)
}
if (withPeers && asked.length > 0) {
  console.error('`--peers` measures all groups: do not name any')
  process.exit(2)
}
setUp()
const figures = {}
const sections = []
const usual = Object.keys(GROUPS).filter((name) => GROUPS[name].isRare !== true)
for (const name of asked.length > 0 ? asked : usual) {
  const { title, rows, measure: measureGroup } = GROUPS[name]
  const measured = await measureGroup()
  Object.assign(figures, measured)
  sections.push({ title, text: asTable(rows(measured)) })
}
if (withPeers) {
  const peers = measurePeers()
  Object.assign(figures, { peers: peers.figures })
  sections.push({ title: PEERS, text: asPeerTable(peers, peerRows({ ...figures, ...peers.figures })) })
}
publish()
console.log(sections.map(({ title, text }) => `### ${title}\n\n${text}`).join('\n\n'))

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

function measureBridge() {
  const python = process.env.HOTCB_PYTHON ?? 'python3'
  execFileSync(process.execPath, ['packages/bridge/scripts/bundle-programs.mjs'], { stdio: 'inherit' })
  console.error('bench: packages/bridge/python/bench/bridge.py')
  const env = { ...process.env, PYTHONPATH: 'packages/bridge/python/src' }
  const told = execFileSync(python, ['packages/bridge/python/bench/bridge.py'], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { bridge: JSON.parse(told) }
}

async function measureCommandLine() {
  const { benchProcesses } = await import('../packages/cli/bench/processes.mjs')
  console.error('bench: command line')
  return { processes: benchProcesses() }
}

function asTable(rows) {
  return [
    measuredOn(),
    '',
    '| what | peer | ours | floor | ratio | limit | earlier limit, on one machine | |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(
      ({ what, peer, ours, floor, ratio, limit, was, verdict }) =>
        `| ${what} | ${peer} | ${ours} | ${floor} | ${ratio} | ${limit} | ${was} | ${verdict} |`,
    ),
  ].join('\n')
}

function asPeerTable({ missing }, rows) {
  return [
    `${measuredOn()} Our results are from the same run.`,
    '',
    '| what | theirs | ours |',
    '|---|---|---|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    ...missing.map((why) => `\nNot run: ${why}`),
  ].join('\n')
}

function measuredOn() {
  const day = new Date().toISOString().slice(0, 10)
  return `Measured on ${day} with Node ${process.version} on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}).`
}

function publish() {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Benchmarks\n'
  const known = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, 'utf8')) : {}
  const order = [...Object.values(GROUPS).map(({ title }) => title), PEERS]
  writeFileSync(PAGE, renewSections(page, sections, order))
  writeFileSync(FIGURES, `${JSON.stringify({ ...known, ...figures }, null, 2)}\n`)
}
