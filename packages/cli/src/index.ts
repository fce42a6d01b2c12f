// The complete public API of @hotcb/cli.
export type { CliPorts, DemoCommandOptions, DemoName, ServedDashboard, ServeOptions, TokenFiles } from './context.ts'
export { EXIT, type ExitCode } from './exit-code.ts'
export { runCli } from './main.ts'
export { renderManual } from './print/manual.ts'
export type { Terminal } from './print/terminal.ts'
