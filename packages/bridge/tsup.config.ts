import { library } from '../../tsup.preset.ts'

export default library({
  entry: {
    index: 'src/index.ts',
    node: 'src/node.ts',
    testing: 'src/testing.ts',
    'node/sidecar': 'src/node/sidecar.ts',
  },
})
