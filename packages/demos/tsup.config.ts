import { library } from '../../tsup.preset.ts'

// tsup bundles an optional dependency that is not named.
export default library({ entry: ['src/index.ts', 'src/rank.ts', 'src/train.ts'], external: [/^node:/, '@jax-js/jax'] })
