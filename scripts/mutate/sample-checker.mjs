// A Stryker checker that accepts only the mutants of the sample.
import { readFileSync } from 'node:fs'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { mutantKey } from './sample.mjs'

class SampleChecker {
  #wanted = new Set()

  async init() {
    this.#wanted = new Set(JSON.parse(readFileSync(process.env.HOTCB_MUTATE_SAMPLE, 'utf8')))
  }

  async group(mutants) {
    return [mutants.map(({ id }) => id)]
  }

  async check(mutants) {
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, this.#answer(mutant)]))
  }

  #answer(mutant) {
    if (this.#wanted.has(mutantKey(mutant))) return { status: 'passed' }
    return { status: 'compileError', reason: 'not in the sample' }
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', SampleChecker)]
