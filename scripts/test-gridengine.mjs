// `npm run test:gridengine [FILE...]`: runs the sweep tests on a real Grid Engine, which is started for them and stopped
// afterwards. The exit code is 77 if Grid Engine is missing and cannot be installed, as for skipped tests under automake.
import { fileURLToPath } from 'node:url'
import { runOnCluster } from './cluster/run-tests.mjs'
import { installMissing, openCluster } from './gridengine/cluster.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
await runOnCluster({
  name: 'Grid Engine',
  home: 'HOTCB_GRIDENGINE_HOME',
  config: 'vitest.gridengine.config.ts',
  installMissing,
  openCluster,
})
