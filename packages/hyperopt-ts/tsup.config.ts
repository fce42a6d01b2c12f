import { library } from '../../tsup.preset.ts'

// The code is shipped as it reads, so a map would only double the package.
export default library({ entry: ['src/index.ts', 'src/node.ts', 'src/testing.ts'], sourcemap: false })
