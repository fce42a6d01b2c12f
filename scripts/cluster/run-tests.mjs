// Runs tests on a scheduler that is started for them and stopped afterwards.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Ends the process with an exit code: 77 if the scheduler is missing and cannot be installed, as for skipped tests under automake.
 *
 * @param options.home The variable that names the directory of a cluster. A cluster that is already running is used, and is not stopped.
 */
export async function runOnCluster({ name, home, config, installMissing, openCluster }) {
  const why = installMissing()
  if (why !== null) {
    console.error(`not run: sweeps on a real ${name}: ${why}`)
    process.exit(77)
  }
  const given = process.env[home]
  const cluster = openCluster(given ?? mkdtempSync(join(tmpdir(), 'hotcb-cluster-')))
  const isOurs = !cluster.isUp()
  process.env[home] = cluster.home
  let status = 1
  try {
    await cluster.up()
    const args = ['vitest', 'run', '--config', config, ...process.argv.slice(2)]
    status = spawnSync('npx', args, { stdio: 'inherit' }).status ?? 1
  } finally {
    if (isOurs) await (given === undefined ? cluster.wipe() : cluster.down())
  }
  process.exit(status)
}
