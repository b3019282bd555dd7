import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reservePrefix } from '../../src-main/sync/overlap.ts'
import { lockPlace } from '../../src-main/sync/place-locks.ts'

const aws = { service: 'aws' }
const occupied = { error: { code: 'safety-refused' } }

test('S48 two syncs to one bucket of AWS are kept apart, whatever region their profiles begin with', async () => {
  const here = { service: 'aws', region: 'eu-central-1' }
  const there = { service: 'aws', region: 'us-east-1' }
  const release = await reservePrefix(here, 'bucket', 'site/')
  await expect(reservePrefix(there, 'bucket', 'site/css/')).rejects.toMatchObject(occupied)
  await (
    await reservePrefix(there, 'bucket', 'site-2024/')
  )()
  await (
    await reservePrefix({ service: 'https://s3.example.org' }, 'bucket', 'site/')
  )()
  await release()
  await (
    await reservePrefix(there, 'bucket', '')
  )()
})

describe('F45 two processes', () => {
  let directory: string
  const children: ChildProcess[] = []
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pail-locks-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(directory, { recursive: true })
  })

  /** Another process that locks a place and says `held` or `refused`. */
  async function other(where: string, prefix: string): Promise<{ child: ChildProcess; said: string }> {
    const module = fileURLToPath(new URL('../../src-main/sync/place-locks.ts', import.meta.url))
    const script = `
      const { lockPlace } = await import(${JSON.stringify(`file://${module}`)})
      const unlock = await lockPlace(${JSON.stringify(directory)}, ${JSON.stringify({ where, prefix })})
      console.log(unlock === null ? 'refused' : 'held')
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [said] = (await once(child.stdout!, 'data')) as [Buffer]
    return { child, said: said.toString().trim() }
  }

  test('keep out of each other’s places, and a killed one leaves nothing locked', async () => {
    const { child, said } = await other('aws bucket', 'site/')
    expect(said).toBe('held')
    await expect(reservePrefix(aws, 'bucket', 'site/css/', directory)).rejects.toMatchObject(occupied)
    await expect(reservePrefix(aws, 'bucket', '', directory)).rejects.toMatchObject(occupied)
    await (
      await reservePrefix(aws, 'bucket', 'site-2024/', directory)
    )()
    await (
      await reservePrefix(aws, 'other', 'site/', directory)
    )()

    child.kill('SIGKILL')
    await once(child, 'exit')
    const release = await reservePrefix(aws, 'bucket', 'site/', directory)
    expect((await other('aws bucket', 'site/')).said).toBe('refused')
    await release()
    expect((await other('aws bucket', 'site/')).said).toBe('held')
  })

  test('F32 are not left to each other where no lock can be written: that is told, and the place is free again', async () => {
    const inTheWay = join(directory, 'file')
    await writeFile(inTheWay, '')
    // A file where the folder would be: also root cannot make one there.
    const locks = join(inTheWay, 'locks')
    await expect(reservePrefix(aws, 'bucket', 'site/', locks)).rejects.toMatchObject({
      error: { code: 'local-file', message: expect.stringContaining('(ENOTDIR)') },
    })
    await (
      await reservePrefix(aws, 'bucket', 'site/', directory)
    )()
  })

  test('a lock that cannot be removed any more takes nothing away from what was done', async () => {
    const unlock = await lockPlace(directory, { where: 'aws bucket', prefix: '' })
    const [name = ''] = await readdir(directory)
    // As on a disk that has become read-only, which no mode of a folder is for root.
    await rm(join(directory, name))
    await mkdir(join(directory, name))
    expect(unlock).not.toBeNull()
    await expect(unlock?.()).resolves.toBeUndefined()
  })

  test('of many at the same moment one goes on at most, and afterwards nothing is left', async () => {
    const place = { where: 'aws bucket', prefix: '' }
    for (let round = 0; round < 10; round++) {
      const unlocks = await Promise.all(Array.from({ length: 6 }, () => lockPlace(directory, place)))
      const won = unlocks.filter((unlock) => unlock !== null)
      expect(won.length).toBeLessThanOrEqual(1)
      await Promise.all(won.map((unlock) => unlock()))
    }
    expect(await readdir(directory)).toEqual([])
    const unlock = await lockPlace(directory, place)
    expect(unlock).not.toBeNull()
    await unlock?.()
  })

  test('half a lock of a dead process is cleared away, that of a living one counts', async () => {
    const place = { where: 'aws bucket', prefix: 'a/' }
    const dead = `${(2 ** 22 + 1).toString(36)}-0123456789abcdef.lock`
    await writeFile(join(directory, dead), '{"pid":')
    await writeFile(join(directory, 'not-a-lock.txt'), '')
    const unlock = await lockPlace(directory, place)
    expect(unlock).not.toBeNull()
    await unlock?.()
    expect(await readdir(directory)).toEqual(['not-a-lock.txt'])

    await writeFile(join(directory, `${process.pid.toString(36)}-0123456789abcdef.lock`), '{')
    expect(await lockPlace(directory, place)).toBeNull()
  })
})
