// The whole public surface of @hotcb/mcp: the port through which the server uses the machine.
export type { CommandOutcome, McpPort, MetricsRequest, Right } from './port.ts'
export { RIGHTS } from './port.ts'
export type { McpCaller, McpService, McpSession } from './service.ts'
