import { library } from '../../tsup.preset.ts'

export default library({ entry: ['src/index.ts', 'src/schemas.ts', 'src/node.ts', 'src/yaml.ts'] })
