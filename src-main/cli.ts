import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { cacheDirectory } from './backend/environment.ts'

/**
 * Where the command line begins. What V8 makes of the program is kept among what the system caches, by Node's module system
 * itself: the next command reads a part of the program's text and not all of it, and takes a seventh less time to start. A
 * Node before 22.8 keeps none, and neither does one that cannot write there.
 */
enableCompileCache?.(join(cacheDirectory(process.platform, process.env), 'compiled'))

// Not before that: what is imported at once is read without it.
await import('./cli/program.ts')
