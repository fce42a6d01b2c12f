import { library } from '../../tsup.preset.ts'

export default library({
  entry: [
    'src/index.ts',
    'src/analysis.ts',
    'src/sampler.ts',
    'src/node.ts',
    'src/testing.ts',
    'src/plot.ts',
    'src/optuna.ts',
    'src/bin.ts',
  ],
})
