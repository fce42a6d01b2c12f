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
// directory. The exit code is 77 if SLURM is missing and cannot be installed.
import { runClusterCommand } from './cluster/commands.mjs'
import { DAEMONS, openCluster } from './slurm/cluster.mjs'
import { installMissing } from './slurm/packages.mjs'

await runClusterCommand('slurm-up', { cluster: openCluster(), daemons: DAEMONS, installMissing })
