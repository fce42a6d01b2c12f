import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { base } from './vitest.config.ts'
import { testProjects, textsOf } from './vitest.modules.ts'

// The unit tests of the package that `npm run mutate` changes, without those that read the source as text: they see the
// instrumented one.
const folder = process.env['HOTCB_MUTATE'] ?? ''
const asText = ['purity', 'readme', 'package', 'python-package', 'docs', 'published'].map((name) => `${name}.test.ts`)
const isQuick = process.env['HOTCB_MUTATE_QUICK'] === 'true'

// StrykerJS runs tests in threads, which share the working directory of their process.
const WORKING_DIRECTORY = /process\.chdir\(/
// What a quick run leaves out: files that start programs, and files that take more than ten seconds. Every mutant that
// survives costs the time of all tests that reach it. The name of such a module in a text of a test starts nothing.
const PROGRAMS = /^(?:import|\}).* from '(?:node:child_process|node:worker_threads|tsup)'/m
const SLOW =
  /\.prop\.test\.ts$|\/bench\/test\/(?:cases|real-model|run|train-beside)\.test\.ts$|\/kernel\/test\/(?:backlog|hostile-texts|load-place)\.test\.ts$|\/demos\/test\/trainings-learn\.test\.ts$|\/metrics\/test\/(?:history-long|sample)\.test\.ts$|\/autopilot\/test\/node\/thousand-calls\.test\.ts$|\/hyperopt-ts\/test\/(?:conformance|gp-quality|importance-known|many-arms|many-trials|small-spaces|tpe-quality|tpe-spaces)\.test\.ts$/

const files = readdirSync(join(folder, 'test'), { recursive: true, encoding: 'utf8' })
  .map((name) => join(folder, 'test', name))
  .filter((name) => name.endsWith('.test.ts') && !asText.some((other) => name.endsWith(`/${other}`)))
  .map((name) => ({ name, texts: textsOf(name) }))
  .filter(({ texts }) => !texts.some((text) => WORKING_DIRECTORY.test(text)))
  .filter(({ name, texts }) => !isQuick || !(SLOW.test(name) || texts.some((text) => PROGRAMS.test(text))))
  .map(({ name }) => name)
  .filter((name) => name.includes(process.env['HOTCB_MUTATE_TESTS'] ?? ''))

// The first failure ends the tests of a mutant, and files that share their modules, which cost less, come first.
const projects = testProjects(files)

export default defineConfig({ ...base, test: { ...base.test, projects } })
