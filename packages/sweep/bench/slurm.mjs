// On a real SLURM, which is started for it: `herd snapshot` of 10,000 trials with an accounting database of that size, whose
// rows are written by SQL; and `herd set --all` on 16 running trials. Prints one JSON object.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openWorkspace, runSweep } from '@hotcb/sweep/node'
import { openCluster } from '../../../scripts/slurm/cluster.mjs'
import { installMissing } from '../../../scripts/slurm/packages.mjs'
import { withWorkspace } from './workspace.mjs'

const HERD = process.env.HOTCB_BENCH_HERD ?? fileURLToPath(new URL('../../../apps/cli/bin/herd.js', import.meta.url))
const FIRST_JOB = 1_000_000
const SLURM = 'slurm: {partition: main, mem: 600M, time: "00:30:00"}\n'

const why = installMissing()
if (why !== null) throw new Error(`no SLURM: ${why}`)
// A cluster that is named is used, and stays.
const given = process.env.HOTCB_SLURM_HOME
const cluster = openCluster(given ?? mkdtempSync(join(tmpdir(), 'bench-slurm-')))
try {
  await cluster.up()
  const snapshot = await withWorkspace(
    '  a: {type: int, low: 0, high: 99}\n  b: {type: int, low: 0, high: 99}\n',
    SLURM,
    measureSnapshot,
  )
  const set = await withWorkspace('  a: {type: int, low: 1, high: 16}\n', SLURM, measureSet)
  process.stdout.write(`${JSON.stringify({ ...snapshot, ...set })}\n`)
} finally {
  if (given === undefined) await cluster.wipe()
}

async function measureSnapshot(root) {
  const path = process.env.PATH
  process.env.PATH = `${standIns(root)}${delimiter}${path}`
  const workspace = openWorkspace(root)
  const { submitted } = await runSweep(workspace)
  const { submissions } = workspace.journal.fold
  writeAccounts(submissions)
  workspace.close()
  process.env.PATH = path
  const ask = (...words) => {
    const start = performance.now()
    const { stdout, stderr, status } = spawnSync(process.execPath, [HERD, ...words], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    if (status !== 0) throw new Error(stderr)
    return { stdout, ms: performance.now() - start }
  }
  // The first one records how they ended, and reads the memory of some.
  const first = ask('snapshot')
  const seen = JSON.parse(first.stdout)
  if (seen.totals.completed !== submitted.trials.length || !(seen.usage_pending > 0)) {
    throw new Error(`the first snapshot: ${JSON.stringify(seen.totals)}, ${seen.usage_pending} without memory`)
  }
  ask('stats', '--json')
  const rounds = Array.from({ length: 5 }, () => ask('snapshot'))
  const times = rounds.map(({ ms }) => ms)
  const { totals, trials } = JSON.parse(rounds.at(-1)?.stdout ?? '')
  if (totals.completed !== submitted.trials.length) throw new Error(`not all are completed: ${JSON.stringify(totals)}`)
  if (!trials.every((trial) => trial.max_rss_bytes > 0)) throw new Error('a trial has no memory')
  return { count: trials.length, first_snapshot_ms: first.ms, snapshot_ms: median(times) }
}

function standIns(root) {
  const bin = join(root, 'bin')
  mkdirSync(bin)
  const sbatch = `echo >> "$0.calls"; echo $((${FIRST_JOB} + 1000 * $(wc -l < "$0.calls")))`
  for (const [name, text] of Object.entries({ sbatch, scontrol: 'echo "MaxArraySize = 20001"' })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return bin
}

/** What slurmdbd would have written: each task as a job that is completed, with its batch step. */
function writeAccounts(submissions) {
  // An hour ago: the accounting is complete.
  const now = Math.floor(Date.now() / 1000) - 3600
  const jobs = []
  const steps = []
  let index = Date.now()
  for (const [sid, { job, attempts }] of submissions) {
    for (const [at, [i]] of attempts.entries()) {
      const raw = Number(job) + at
      index++
      jobs.push(
        `(${index}, 'trials', ${now}, 0, 1, 0, 'hyperherd_bench-${sid}', (SELECT MIN(id_assoc) FROM hotcb_assoc_table WHERE user='root'), ${job}, ${i}, ${raw}, 0, 0, 0, 0, 0, 4294967294, 0, 50, 'n1', 1, 'main', 1, 3, 30, ${now}, ${now}, ${now}, ${now}, '1=1,2=50,4=1', '1=1,2=50,4=1')`,
      )
      steps.push(
        `(${index}, 0, -5, 'batch', 'n1', 1, '1', 3, 1, ${now}, ${now}, '1=1,2=50,4=1', '2=20000000', '2=20000000')`,
      )
    }
  }
  const insert = (head, rows) =>
    Array.from(
      { length: Math.ceil(rows.length / 1000) },
      (_, at) => `${head} VALUES ${rows.slice(at * 1000, at * 1000 + 1000).join(',')};`,
    ).join('\n')
  const { status, stderr } = cluster.sql(
    `USE slurm_acct_db;\n${insert(
      'INSERT INTO hotcb_job_table (job_db_inx, account, mod_time, deleted, cpus_req, exit_code, job_name, id_assoc, id_array_job, id_array_task, id_job, id_resv, id_wckey, id_user, id_group, het_job_id, het_job_offset, state_reason_prev, mem_req, nodelist, nodes_alloc, `partition`, priority, state, timelimit, time_submit, time_eligible, time_start, time_end, tres_alloc, tres_req)',
      jobs,
    )}\n${insert(
      'INSERT INTO hotcb_step_table (job_db_inx, exit_code, id_step, step_name, nodelist, nodes_alloc, node_inx, state, task_cnt, time_start, time_end, tres_alloc, tres_usage_in_max, tres_usage_in_ave)',
      steps,
    )}`,
  )
  if (status !== 0) throw new Error(stderr)
}

async function measureSet(root) {
  const trainer = fileURLToPath(new URL('trainer.mjs', import.meta.url))
  const node = [process.execPath, ...process.execArgv, trainer].map((word) => `'${word}'`).join(' ')
  writeFileSync(join(root, 'launch.sh'), `#!/bin/sh\ncd '${process.cwd()}' && exec ${node} "$HOTCB_RUN_DIR"\n`)
  const run = spawnSync(process.execPath, [HERD, 'run'], { cwd: root, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  const ledgers = Array.from({ length: 16 }, (_, i) =>
    join(root, '.hyperherd/results', String(i), 'hotcb.applied.jsonl'),
  )
  while (!ledgers.every((path) => existsSync(path))) await pause(100)
  await pause(2000)
  const times = []
  for (let round = 1; round <= 5; round++) {
    const lr = `0.00${round}`
    const start = performance.now()
    const command = spawn(process.execPath, [HERD, 'set', '--all', `lr=${lr}`], { cwd: root, stdio: 'ignore' })
    const ended = new Promise((resolve) => command.on('close', resolve))
    while (!ledgers.every((path) => readFileSync(path, 'utf8').includes(`"lr":${lr}`))) await pause(5)
    times.push(performance.now() - start)
    if ((await ended) !== 0) throw new Error('`herd set` was refused')
  }
  spawnSync(process.execPath, [HERD, 'stop', '--all'], { cwd: root })
  return { set_ms: median(times) }
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
