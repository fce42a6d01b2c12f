import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configDefaults, defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// The unit tests of the package that `npm run mutate` changes, without those that read the source as text: they see the
// instrumented one.
const folder = process.env['HOTCB_MUTATE'] ?? ''
const asText = ['purity', 'readme', 'package', 'docs'].map((name) => `${name}.test.ts`)

const files = readdirSync(join(folder, 'test'), { recursive: true, encoding: 'utf8' })
  .map((name) => join(folder, 'test', name))
  .filter((name) => name.endsWith('.test.ts') && !asText.some((other) => name.endsWith(`/${other}`)))

// Most files share one module cache: a mutant then costs one load of the package, not one for each file. Those that replace
// modules, or whose hooks are in a module that others also import, need their own.
function needsOwnModules(file: string): boolean {
  const text = readFileSync(file, 'utf8')
  if (text.includes('vi.mock(')) return true
  const imported = [...text.matchAll(/from '(\.[^']*)'/g)].map(([, path]) => join(dirname(file), path ?? ''))
  return imported
    .filter((path) => path.includes('/test/') && path.endsWith('.ts'))
    .some((path) => /^(?:before|after)(?:All|Each)\(/m.test(readFileSync(path, 'utf8')))
}

function project(name: string, isolate: boolean) {
  const include = files.filter((file) => needsOwnModules(file) === isolate)
  return { extends: true as const, test: { name, isolate, include } }
}

const projects = [project('shared', false), project('own', true)].filter(({ test }) => test.include.length > 0)
const { include: _, ...test } = mergeConfig(base, defineConfig({})).test

export default defineConfig({ ...base, test: { ...test, exclude: [...configDefaults.exclude], projects } })
