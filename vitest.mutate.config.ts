import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// The unit tests of the package that `npm run mutate` changes, without those that read the source as text: they see the
// instrumented one.
const folder = process.env['HOTCB_MUTATE'] ?? ''

const config = mergeConfig(base, defineConfig({}))
config.test.include = [`${folder}/test/**/*.test.ts`]
config.test.exclude.push('**/{purity,readme,package,docs}.test.ts')

export default config
