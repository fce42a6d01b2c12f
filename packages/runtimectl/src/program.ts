// The program `runtimectl`, published with `hotcb`.
export { type ProgramPorts, runRuntimectl } from './node/program/main.ts'
