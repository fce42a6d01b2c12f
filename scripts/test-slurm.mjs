// `npm run test:slurm [FILE...]`: runs the sweep tests on a real SLURM, which is started for them and stopped afterwards. The
// exit code is 77 if SLURM is missing and cannot be installed, as for skipped tests under automake.
import { fileURLToPath } from 'node:url'
import { runOnCluster } from './cluster/run-tests.mjs'
import { openCluster } from './slurm/cluster.mjs'
import { installMissing } from './slurm/packages.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
await runOnCluster({
  name: 'SLURM',
  home: 'HOTCB_SLURM_HOME',
  config: 'vitest.slurm.config.ts',
  installMissing,
  openCluster,
})
