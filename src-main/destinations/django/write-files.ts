import { randomBytes } from 'node:crypto'
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../../../src-preload/contract/failure.ts'

/**
 * Writes text files into a folder, which is made if needed. One that is there is replaced only with `replace`, in one step
 * and without following a link; without it nothing at all is written. Throws `already-exists` and `local-file`.
 */
export async function writeFiles(
  directory: string,
  files: readonly { readonly name: string; readonly text: string }[],
  replace: boolean,
): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
    if (!replace) {
      const there: string[] = []
      for (const { name } of files) if (await exists(join(directory, name))) there.push(name)
      if (there.length > 0)
        throw failure(
          'already-exists',
          `There is ${there.join(', ')} in that folder already: nothing was written.`,
        )
    }
    for (const { name, text } of files) await writeOne(join(directory, name), text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw failure('local-file', `The files cannot be written (${code}).`)
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    },
  )
}

async function writeOne(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = await open(temporary, 'wx')
  try {
    try {
      await file.writeFile(text, 'utf8')
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
