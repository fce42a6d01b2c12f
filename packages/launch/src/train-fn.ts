// Calls a train function in its own process. argv: the file, the name of the function.
import { runTrainFn } from './node/run-train-fn.ts'

const [file = '', fn = ''] = process.argv.slice(2)
process.exitCode = await runTrainFn(file, fn, process.env)
