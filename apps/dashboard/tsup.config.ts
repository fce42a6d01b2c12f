import { library } from '../../tsup.preset.ts'

// The page is built by Vite.
export default library({ entry: ['src/index.ts'], platform: 'node' })
