// A real SLURM with accounting on this machine, bound to loopback, for tests and for trying things out.
//
//   node scripts/slurm-up.mjs up            installs what is missing, starts everything, waits until the nodes are idle
//   node scripts/slurm-up.mjs down          cancels jobs and stops what was started
//   node scripts/slurm-up.mjs status        one line for each daemon; the exit code is 3 if one is down
//   node scripts/slurm-up.mjs stop NAME     stops one daemon: mariadbd munged slurmdbd slurmctld slurmd-n1 ...
//   node scripts/slurm-up.mjs start NAME    starts it again
//   node scripts/slurm-up.mjs wipe          down, and deletes the state
//
// Clients need SLURM_CONF, which `up` prints. The state is in HOTCB_SLURM_HOME, by default `hotcb-slurm` in the temporary
// directory. The exit code is 77 where SLURM is missing and cannot be installed.
import { DAEMONS, openCluster } from './slurm/cluster.mjs'
import { installMissing } from './slurm/packages.mjs'

const [command = 'up', name] = process.argv.slice(2)
const cluster = openCluster()
const commands = {
  up: async () => {
    const why = installMissing()
    if (why !== null) {
      console.error(`not run: ${why}`)
      process.exit(77)
    }
    await cluster.up()
    console.log(`export SLURM_CONF=${cluster.conf}`)
  },
  down: cluster.down,
  wipe: cluster.wipe,
  start: () => cluster.start(name),
  stop: () => cluster.stop(name),
  status: () => {
    for (const one of DAEMONS) console.log(`${one.padEnd(14)} ${cluster.pidOf(one) ?? 'down'}`)
    process.exitCode = cluster.isUp() ? 0 : 3
  },
}
if (!Object.hasOwn(commands, command)) {
  console.error(`unknown command \`${command}\`: ${Object.keys(commands).join(' ')}`)
  process.exit(2)
}
try {
  await commands[command]()
} catch (error) {
  console.error(`slurm-up: ${error.message}`)
  process.exit(1)
}
