import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// The unit tests of the packages that `npm run mutate` names, without those that read the source as text: they see the
// instrumented one.
const folders = (process.env['HOTCB_MUTATE'] ?? '').split(',')

const config = mergeConfig(base, defineConfig({}))
config.test.include = folders.map((folder) => `${folder}/test/**/*.test.ts`)
config.test.exclude.push('**/{purity,readme,package,docs}.test.ts')

export default config
