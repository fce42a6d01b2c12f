#!/usr/bin/env node
// In the repository before the build: package managers link a program when they install, which is earlier.
import '../dist/bin.js'
