// Twelve trials of one second, one of which fails, on a real SLURM: hotcb and HyperHerd in turn, from the start of `herd run`
// until `status` shows every end. HYPERHERD names the `herd` of HyperHerd, ROUNDS the rounds of each (8). Prints one JSON object.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCluster } from '../../../scripts/slurm/cluster.mjs'
import { installMissing } from '../../../scripts/slurm/packages.mjs'

const hotcb = [process.execPath, fileURLToPath(new URL('../../../apps/cli/bin/herd.js', import.meta.url))]
const theirs = process.env.HYPERHERD
if (theirs === undefined) throw new Error('HYPERHERD must name the `herd` of HyperHerd')
const rounds = Number(process.env.ROUNDS ?? 8)
const patienceMs = 10_000
// Without a pause, HyperHerd sees a job that the scheduler does not list yet, and shows it as cancelled from then on.
const pollMs = Number(process.env.POLL_MS ?? 500)

const why = installMissing()
if (why !== null) throw new Error(`no SLURM: ${why}`)
const given = process.env.HOTCB_SLURM_HOME
const cluster = openCluster(given ?? mkdtempSync(join(tmpdir(), 'bench-slurm-')))
const scratch = mkdtempSync(join(tmpdir(), 'bench-herds-'))
try {
  await cluster.up()
  const rows = []
  for (let round = 0; round < rounds; round++) {
    const sides = [
      ['hotcb', hotcb],
      ['hyperherd', [theirs]],
    ]
    if (round % 2 === 1) sides.reverse()
    for (const [name, command] of sides) {
      rows.push({ name, round, ...(await measure(command, join(scratch, `${name}-${round}`))) })
      process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`)
    }
  }
  const ofSide = (side) => {
    const finished = rows.filter(({ name, ended }) => name === side && ended)
    const of = (key) => Math.round(median(finished.map((row) => row[key])))
    return { finished: finished.length, total_ms: of('totalMs'), run_ms: of('runMs'), status_ms: of('statusMs') }
  }
  process.stdout.write(`${JSON.stringify({ rounds, hotcb: ofSide('hotcb'), hyperherd: ofSide('hyperherd') })}\n`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
  if (given === undefined) await cluster.wipe()
}

async function measure(command, root) {
  mkdirSync(root)
  writeFileSync(
    join(root, 'hyperherd.yaml'),
    `name: ${process.pid}-${root.split('/').at(-1)}
grid: all
slurm: {partition: main, time: "00:05:00", mem: 50M, cpus_per_task: 1}
launcher: ./launch.sh
parameters:
  a: {abbrev: a, type: discrete, values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}
`,
  )
  writeFileSync(join(root, 'launch.sh'), '#!/bin/sh\nsleep 1\ncase " $1 " in *" a=7 "*) exit 3 ;; esac\n')
  chmodSync(join(root, 'launch.sh'), 0o755)
  const ask = (...words) => {
    const start = performance.now()
    const { status, stdout, stderr } = spawnSync(command[0], [...command.slice(1), ...words], {
      cwd: root,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
    return { stdout, ms: performance.now() - start }
  }
  const start = performance.now()
  const runMs = ask('run').ms
  const looks = []
  let counts = {}
  do {
    await pause(pollMs)
    const { stdout, ms } = ask('status', '--json')
    looks.push(ms)
    counts = countStates(JSON.parse(stdout))
  } while (!(counts.completed === 11 && counts.failed === 1) && performance.now() - start < patienceMs)
  return {
    totalMs: performance.now() - start,
    runMs,
    statusMs: median(looks),
    looks: looks.length,
    ended: counts.completed === 11 && counts.failed === 1,
    counts,
  }
}

function countStates({ trials }) {
  const counts = {}
  for (const { status } of trials) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
