import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'
import { installedDjango } from './django-project.ts'

vi.setConfig({ testTimeout: 120_000 })

const isThere = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.skipIf(installedDjango === null || process.platform === 'win32')(
  'a Python program that a test waits for ends when the test’s process does',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pail-endless-'))
    const script = fileURLToPath(new URL('endless-python.ts', import.meta.url))
    const waiting = spawn(typescriptNode(), [script, directory], { stdio: 'ignore' })
    try {
      const told = () => readFile(join(directory, 'pid'), 'utf8').catch(() => '')
      await expect.poll(told, { timeout: 60_000 }).toMatch(/^\d+\n$/)
      const pid = Number(await told())
      expect(isThere(pid)).toBe(true)
      waiting.kill('SIGKILL')
      await expect.poll(() => isThere(pid), { timeout: 20_000 }).toBe(false)
    } finally {
      waiting.kill('SIGKILL')
      await rm(directory, { recursive: true, force: true })
    }
  },
)
