import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
// The Node of `npm run playground`: the one that the project brings along.
const node = join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node')

function run(...args: string[]) {
  const child = spawn(node, [join(root, 'src-main/playground/main.ts'), ...args], { cwd: tmpdir() })
  const output = { out: '', err: '' }
  child.stdout.on('data', (data: Buffer) => (output.out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output.err += data.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  return { child, output, ended }
}

describe('npm run playground', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pail-main-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  test('prints what is needed to use it, and runs until it is interrupted', async () => {
    const { child, output, ended } = run('--directory', directory)
    await expect.poll(() => output.out, { timeout: 10_000 }).toContain('Ctrl+C')
    const endpoint = /Endpoint +(http:\/\/127\.0\.0\.1:\d+)/.exec(output.out)?.[1] ?? ''
    const accessKey = /Access key +(\S+)/.exec(output.out)?.[1] ?? ''
    expect(output.out).toContain(`AWS_ACCESS_KEY_ID=${accessKey}`)
    expect(output.out).toContain(`pail --endpoint-url ${endpoint}`)
    expect(output.out).toContain(`aws --endpoint-url ${endpoint}`)
    expect((await fetch(endpoint)).status).toBe(403)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(output.err).toBe('')
  })

  test('wrong usage is told, with the usage', async () => {
    for (const args of [['--port', 'x'], ['--unknown']]) {
      const { output, ended } = run(...args)
      expect(await ended).toBe(2)
      expect(output.err).toContain('Usage: npm run playground')
      expect(output.out).toBe('')
    }
  })
})
