import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('Node is started with options that it documents: it does not start with others', async () => {
  const config = await readFile(new URL('../../electron.vite.config.ts', import.meta.url), 'utf8')
  const options = /'#!\/usr\/bin\/env -S node ([^']+)'/.exec(config)?.[1]?.split(' ') ?? []
  expect(options).not.toEqual([])
  // V8's own are not among them, but for those that Node answers for.
  for (const option of options)
    expect([option, process.allowedNodeEnvironmentFlags.has(option.replace(/=.*/, ''))]).toEqual([
      option,
      true,
    ])
})
