// The complete public API of @hotcb/cli.
export type { CliPorts, DashboardOptions, DemoConfig, DemoOptions, StartedDashboard, TokenFiles } from './context.ts'
export { EXIT, type ExitCode } from './exit-code.ts'
export { runCli } from './main.ts'
export { renderManual } from './print/manual.ts'
export type { Terminal } from './print/terminal.ts'
