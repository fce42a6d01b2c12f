import { library } from '../../tsup.preset.ts'

// The page is built by Vite.
export default library({
  entry: { index: 'src/index.ts', 'sweep-worker': 'src/server/sweeps/sweep-worker.ts' },
  platform: 'node',
})
