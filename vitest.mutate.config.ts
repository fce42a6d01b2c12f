import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configDefaults, defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// The unit tests of the package that `npm run mutate` changes, without those that read the source as text: they see the
// instrumented one.
const folder = process.env['HOTCB_MUTATE'] ?? ''
const asText = ['purity', 'readme', 'package', 'docs'].map((name) => `${name}.test.ts`)
const isQuick = process.env['HOTCB_MUTATE_QUICK'] === 'true'

// Most files share one module cache: a mutant then costs one load of the package, not one for each file. Those that replace
// modules, or that share what is set up once with others, need their own. A shared `afterEach` only deletes files, and
// `npm run mutate` deletes all of them.
const OWN_MODULES = /vi\.mock\(/
const HOOKS = /^(?:before(?:All|Each)|afterAll)\(/m
// What a quick run leaves out: files that start programs, and files that take more than ten seconds. Every mutant that
// survives costs the time of all tests that reach it.
const PROGRAMS = /'(?:node:child_process|node:worker_threads|tsup)'/
const SLOW =
  /\.prop\.test\.ts$|\/kernel\/test\/(?:backlog|hostile-texts|load-place)\.test\.ts$|\/metrics\/test\/(?:history-long|sample)\.test\.ts$/

/** The texts of a test file and, first to last, of the modules beside it that it imports. */
function textsOf(file: string, seen = new Set<string>()): readonly string[] {
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  const imported = [...text.matchAll(/from '(\.[^']*\.ts)'/g)].map(([, path]) => join(dirname(file), path ?? ''))
  // A test may write a program that imports a file of its own.
  const own = imported.filter((path) => path.startsWith(`${folder}/test/`) && !seen.has(path) && existsSync(path))
  return [text, ...own.flatMap((path) => (seen.has(path) ? [] : textsOf(path, seen)))]
}

const files = readdirSync(join(folder, 'test'), { recursive: true, encoding: 'utf8' })
  .map((name) => join(folder, 'test', name))
  .filter((name) => name.endsWith('.test.ts') && !asText.some((other) => name.endsWith(`/${other}`)))
  .map((name) => ({ name, texts: textsOf(name) }))
  .filter(({ name, texts }) => !isQuick || !(SLOW.test(name) || texts.some((text) => PROGRAMS.test(text))))

function project(name: string, isolate: boolean, groupOrder: number) {
  const include = files
    .filter(({ texts: [own = '', ...others] }) => {
      return (OWN_MODULES.test(own) || others.some((text) => HOOKS.test(text))) === isolate
    })
    .map((file) => file.name)
  return { extends: true as const, test: { name, isolate, include, sequence: { groupOrder } } }
}

// The first failure ends the tests of a mutant, so those that cost more come last.
const projects = [project('shared', false, 0), project('own', true, 1)].filter(({ test }) => test.include.length > 0)
const { include: _, ...test } = mergeConfig(base, defineConfig({})).test

export default defineConfig({ ...base, test: { ...test, exclude: [...configDefaults.exclude], projects } })
