import { createContext } from 'preact'
import type { AheadLines } from './ahead.ts'

/** The planned values of the run's controls, for the page's charts. */
export const Ahead = createContext<AheadLines>(new Map())
