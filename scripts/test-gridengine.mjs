// `npm run test:gridengine [FILE...]`: the sweep tests on a real Grid Engine, which is started for them and stopped afterwards.
// Ends with 77 where Grid Engine is missing and cannot be installed, as skipped tests do under automake.
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
