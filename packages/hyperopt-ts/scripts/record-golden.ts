// Records the trials that every engine must reproduce, after an intended change of a sampler:
// node --conditions=@hotcb/source --import ./scripts/typescript-loader.mjs packages/hyperopt-ts/scripts/record-golden.ts
import { writeFileSync } from 'node:fs'
import { golden } from '../test/fixtures/golden.ts'

writeFileSync(new URL('../test/fixtures/golden.json', import.meta.url), `${JSON.stringify(golden())}\n`)
