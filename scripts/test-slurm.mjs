// `npm run test:slurm [FILE...]`: the sweep tests on a real SLURM, which is started for them and stopped afterwards. Ends with
// 77 where SLURM is missing and cannot be installed, as skipped tests do under automake.
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
