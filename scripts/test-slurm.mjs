// `npm run test:slurm [FILE...]`: the sweep tests on a real SLURM, which is started for them and stopped afterwards. Ends with
// 77 where SLURM is missing and cannot be installed, as skipped tests do under automake.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCluster } from './slurm/cluster.mjs'
import { installMissing } from './slurm/packages.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const why = installMissing()
if (why !== null) {
  console.error(`not run: sweeps on a real SLURM: ${why}`)
  process.exit(77)
}
// A cluster that somebody started is used, and stays.
const given = process.env.HOTCB_SLURM_HOME
const cluster = openCluster(given ?? mkdtempSync(join(tmpdir(), 'hotcb-slurm-')))
const isOurs = !cluster.isUp()
process.env.HOTCB_SLURM_HOME = cluster.home
let status = 1
try {
  await cluster.up()
  const args = ['vitest', 'run', '--config', 'vitest.slurm.config.ts', ...process.argv.slice(2)]
  status = spawnSync('npx', args, { stdio: 'inherit' }).status ?? 1
} finally {
  if (isOurs) await (given === undefined ? cluster.wipe() : cluster.down())
}
process.exit(status)
