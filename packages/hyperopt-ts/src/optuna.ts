export { type FromOptuna, fromOptuna } from './optuna/read.ts'
export { toOptuna } from './optuna/write.ts'
