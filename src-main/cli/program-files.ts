import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where this program's own files are. */
export interface ProgramFiles {
  readonly version: string
  readonly resourcesDirectory: string
}

/** Looks upwards from a module for the `package.json` of Pail: the source and the built program lie at other depths. */
export function findProgramFiles(moduleUrl: string): ProgramFiles {
  let folder = dirname(fileURLToPath(moduleUrl))
  for (;;) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as {
        name?: unknown
        version?: unknown
      }
      if (name === 'pail' && typeof version === 'string')
        return { version, resourcesDirectory: join(folder, 'resources') }
    }
    const above = dirname(folder)
    if (above === folder) throw new Error('The package.json of Pail is missing.')
    folder = above
  }
}
