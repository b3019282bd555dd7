import { execFile } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect } from 'playwright/test'
import { projectRoot, startElectron, test } from './host.ts'

/** From the start of the process until the first screen is painted, in milliseconds. */
async function startupMs(userData: string): Promise<number> {
  const startedAt = Date.now()
  const host = await startElectron(userData)
  try {
    await host.page.getByRole('button', { name: /Try it here/ }).waitFor()
    await host.page.evaluate(
      () => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))),
    )
    const visible = await host.electron!.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.isVisible(),
    )
    expect(visible).toBe(true)
    return Date.now() - startedAt
  } finally {
    await host.close()
  }
}

test('how long the window takes to show, and how large the screens are', async ({ workFolder }) => {
  test.skip(!process.env['PAIL_ELECTRON'], 'needs Electron')
  await promisify(execFile)(process.env['PAIL_ELECTRON']!, ['--version', '--no-sandbox'])
  const runs: number[] = []
  for (let run = 0; run < 5; run += 1) runs.push(await startupMs(join(workFolder, `run-${run}`)))
  const median = runs.toSorted((a, b) => a - b)[2]!

  const assets = join(projectRoot, 'out/renderer')
  let bytes = 0
  let zipped = 0
  for (const entry of await readdir(assets, { recursive: true })) {
    const path = join(assets, entry)
    if (!(await stat(path)).isFile()) continue
    const content = await readFile(path)
    bytes += content.length
    zipped += gzipSync(content).length
  }
  const report = { startupMs: { median, runs }, rendererBytes: bytes, rendererGzipBytes: zipped }
  await writeFile(join(projectRoot, 'test/output/measured.json'), `${JSON.stringify(report, null, 2)}\n`)
  console.log(
    `window visible after ${median} ms (median of 5: ${runs.join(', ')}); renderer ${Math.round(bytes / 1024)} KiB, ${Math.round(zipped / 1024)} KiB gzipped`,
  )
  expect(bytes).toBeGreaterThan(0)
})
