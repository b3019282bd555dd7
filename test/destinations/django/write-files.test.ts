import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeFiles } from '../../../src-main/destinations/django/write-files.ts'

test('a file that cannot be written leaves nothing beside the project’s own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pail-write-files-'))
  // As where the disk is full: the file is there, and writing to it fails.
  const unwritable = { name: 'settings.py', text: 5 as unknown as string }
  await expect(writeFiles(folder, [unwritable], true)).rejects.toMatchObject({
    error: { code: 'local-file' },
  })
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})
