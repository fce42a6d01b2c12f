// Evaluates the problems for other languages, so that all run exactly the same functions: a line of JSON in, a line
// out. `{}` returns the names and spaces, `{"problem": name, "params": {...}}` the value.
import { createInterface } from 'node:readline'
import { RIVAL_PROBLEMS } from './rivals.ts'

for await (const line of createInterface({ input: process.stdin })) {
  const { problem, params } = JSON.parse(line)
  const found = RIVAL_PROBLEMS.find(({ name }) => name === problem)
  const answer =
    found === undefined ? RIVAL_PROBLEMS.map(({ name, space }) => ({ name, space })) : { value: found.value(params) }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
