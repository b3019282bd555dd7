import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pailCommand, runProgram } from './pail-process.ts'

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

test.skipIf(process.platform !== 'linux' || enableCompileCache === undefined)(
  'what V8 made of the program is kept among what the system caches, and of no harm when damaged or not to be written',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pail-cli-test-'))
    const [program, file] = pailCommand()
    const version = (cache: string) =>
      runProgram(program, [file, '--version'], {
        environment: { XDG_CACHE_HOME: cache, PAIL_USER_DATA: join(folder, 'user-data') },
      })
    try {
      const cache = join(folder, 'cache')
      const first = await version(cache)
      expect(first).toMatchObject({ code: 0, err: '' })
      const kept = await filesBelow(join(cache, 'Pail', 'compiled'))
      expect(kept.length).toBeGreaterThan(0)
      expect(await readdir(folder)).toEqual(['cache'])

      for (const path of kept) await writeFile(path, 'damaged')
      expect(await version(cache)).toMatchObject({ code: 0, err: '', out: first.out })

      const taken = join(folder, 'a-file')
      await writeFile(taken, '')
      expect(await version(taken)).toMatchObject({ code: 0, err: '', out: first.out })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
