import { library } from '../../tsup.preset.ts'

export default library({
  entry: {
    index: 'src/index.ts',
    judge: 'src/judge.ts',
    node: 'src/node.ts',
    'node/history-worker': 'src/node/history/history-worker.ts',
  },
})
