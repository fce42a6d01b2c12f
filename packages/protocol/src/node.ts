// The whole public surface of @hotcb/protocol/node: output to a terminal, for every program of hotcb.
export { control, controlsAndCharacters, terminalText, withoutControls } from './node/terminal-control.ts'
export { orEnd, ringBell, type TerminalFd, warn, writeBlock, writeJson, writeLine } from './node/terminal-write.ts'
