import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { codeOf, runBackend, value } from './running-backend.ts'

test('a bucket that was deleted is said to be, also where what was kept of it cannot be read', async () => {
  const changesDirectory = join(tmpdir(), `pail-no-folder-${process.pid}`)
  await writeFile(changesDirectory, 'not a folder')
  const backend = await runBackend({ changesDirectory })
  const { profile } = await value(backend.api.startPlayground({}))
  const where = { profileId: profile.id, bucket: 'to-be-deleted' }
  await value(backend.api.createBucket({ ...where, region: 'us-east-1', access: 'private' }))
  expect(await codeOf(backend.api.deleteBucket(where))).toBe('ok')
  expect(backend.logged.join('\n')).toContain('could not be forgotten')
  await backend.close()
  await rm(changesDirectory)
})
