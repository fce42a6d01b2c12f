// The program of a rank above 0, started by rank 0: see `ranks/member.ts`.
import { runRank } from './ranks/rank-process.ts'

runRank(process.argv[2])
