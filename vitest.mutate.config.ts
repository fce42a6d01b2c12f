import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// The unit tests of the package that `npm run mutate` changes.
const name = process.env['HOTCB_MUTATE'] ?? ''

const config = mergeConfig(base, defineConfig({}))
config.test.include = [`${name}/test/**/*.test.ts`]

export default config
