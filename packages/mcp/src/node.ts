// The whole public surface of @hotcb/mcp/node: the server on standard input and output.
export { serveMcp } from './node/serve.ts'
