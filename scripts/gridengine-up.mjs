// A real Grid Engine on this machine, for tests and for trying things out.
//
//   node scripts/gridengine-up.mjs up            installs what is missing, starts everything, waits until the queue is up
//   node scripts/gridengine-up.mjs down          cancels jobs and stops what was started
//   node scripts/gridengine-up.mjs status        one line for each daemon; the exit code is 3 if one is down
//   node scripts/gridengine-up.mjs stop NAME     stops one daemon: sge_qmaster or sge_execd
//   node scripts/gridengine-up.mjs start NAME    starts it again
//   node scripts/gridengine-up.mjs wipe          down, and deletes the state
//
// Clients need the variables that `up` prints. The state is in HOTCB_GRIDENGINE_HOME, by default `hotcb-gridengine` in the
// temporary directory. The exit code is 77 if Grid Engine is missing and cannot be installed.
import { runClusterCommand } from './cluster/commands.mjs'
import { DAEMONS, installMissing, openCluster } from './gridengine/cluster.mjs'

await runClusterCommand('gridengine-up', { cluster: openCluster(), daemons: DAEMONS, installMissing })
