import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { pailCommand, pailOn, runProgram } from './pail-process.ts'

// Processes are started one after the other, perhaps beside other suites.
vi.setConfig({ testTimeout: 180_000 })

describe('pail without a server', () => {
  test('F1 an address where nobody listens fails soon, by name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pail-cli-test-'))
    try {
      const pail = pailOn(
        { endpoint: 'http://127.0.0.1:9', accessKeyId: 'a', secretAccessKey: 'b' },
        directory,
      )
      const started = performance.now()
      const ran = await pail(['ls', 's3://bucket', '--json'])
      expect(ran.code).toBe(1)
      expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'unreachable' } })
      expect(performance.now() - started).toBeLessThan(15_000)
      await writeFile(join(directory, 'a.txt'), 'a')
      const put = await pail(['put', 'a.txt', 's3://bucket/'])
      expect(put.code).toBe(1)
      expect(put.err).toContain('unreachable')
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('F42 the application’s settings are read and never written', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pail-cli-test-'))
    try {
      const [program, file] = pailCommand()
      await writeFile(join(directory, 'settings.json'), '{ broken')
      const ran = await runProgram(program, [file, 'ls', 's3://bucket', '--profile', 'Work'], {
        environment: { PAIL_USER_DATA: directory },
      })
      expect(ran.code).toBe(1)
      expect(ran.err).toContain('settings-corrupt')
      expect(await readdir(directory)).toEqual(['settings.json'])
      expect(await readFile(join(directory, 'settings.json'), 'utf8')).toBe('{ broken')
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('the version is the package’s', async () => {
    const [program, file] = pailCommand()
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(await runProgram(program, [file, '--version'])).toMatchObject({
      code: 0,
      out: `${version}\n`,
      err: '',
    })
  })
})
