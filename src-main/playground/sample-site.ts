import { constants } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Copies the sample site into a folder of the person's own. Files that are there already are left as they
 * are, so that it can be called at every start. Rejects when a folder cannot be read or written.
 */
export async function installSampleSite(targetDirectory: string, sourceDirectory: string): Promise<void> {
  await mkdir(targetDirectory, { recursive: true })
  for (const entry of await readdir(sourceDirectory, { withFileTypes: true })) {
    const target = join(targetDirectory, entry.name)
    const source = join(sourceDirectory, entry.name)
    if (entry.isDirectory()) await installSampleSite(target, source)
    else if (entry.isFile()) await copyUnlessThere(source, target)
  }
}

async function copyUnlessThere(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_EXCL)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
