// The whole public surface of @hotcb/mcp: the server, on a port that runs command lines.
export type { CommandOutcome, McpPort, MetricsRequest, Right } from './port.ts'
export { RIGHTS } from './port.ts'
export { createMcpServer } from './server.ts'
