import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { slownessOfProcessor } from '../bench/machine-slowness.ts'
import { watchAnswers } from './answers.ts'
import * as profiles from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

/** What a person takes for at once, in milliseconds, on the machine that this was set on. */
const atOnceThereMs = 100

/** A machine on which what is small takes so many times as long has other things to do. */
const busySlowness = 1.5

test('2,000 files dropped at once all arrive, and the window goes on answering', async ({
  host,
  service,
  workFolder,
}) => {
  // On a busy machine it takes as much longer as everything there, and on a slow one, too.
  test.setTimeout(300_000)
  // But not without end: nobody takes a fifth of a second for at once.
  const slowness = Math.min(2, slownessOfProcessor())
  const atOnceMs = atOnceThereMs * slowness
  const { page } = host
  const count = 2000
  const folder = join(workFolder, 'many')
  await mkdir(folder)
  const names = Array.from({ length: count }, (_, index) => `picture-${String(index).padStart(4, '0')}.txt`)
  await Promise.all(names.map((name) => writeFile(join(folder, name), `content of ${name}`)))
  await service.createBucket('many')
  await profiles.connect(host, { name: 'Many', endpoint: service.endpoint })
  await window.openBucket(page, 'many')

  const startedAt = Date.now()
  await host.drop(names.map((name) => join(folder, name)))
  // From here on: before it, Chromium itself makes 2,000 files of as many paths, on an empty page as well.
  const watch = await watchAnswers(host)
  const sheet = page.getByRole('dialog', { name: /^Upload / })
  await sheet.getByRole('button', { name: 'Start upload' }).click()
  await expect(sheet).toBeHidden()
  await window.showTransfers(page)
  const transfers = page.getByRole('grid', { name: 'Transfers' })
  await expect(transfers).toBeVisible()
  await transfers.focus()
  const finished = page.getByText('2,000 done')
  while (watch.presses() < 400 && !(await finished.isVisible())) {
    // Ctrl+I opens and closes the inspector: a whole pane of work.
    await watch.press('Control+i')
    await page.waitForTimeout(150)
  }
  await expect(finished).toBeVisible({ timeout: 120_000 })
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  const { answers, longestTaskMs, tasks } = await watch.end()
  const longest = answers.toSorted((a, b) => b.tookMs - a.tookMs)[0]!
  const median = answers.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[Math.floor(answers.length / 2)]
  console.log(
    `${count} files in ${seconds} s; ${watch.presses()} keys answered in ${median} ms (median), ${longest.tookMs} ms (longest, on a processor that is ${slowness.toFixed(1)} times as slow, the machine being ${longest.slowness.toFixed(1)} times as slow as idle then); longest of ${tasks} tasks of the window: ${longestTaskMs.toFixed(0)} ms of processor time`,
  )
  expect(watch.presses()).toBeGreaterThan(3)
  expect(tasks).toBeGreaterThan(100)
  // What the window has to do never takes longer, whatever else the machine does.
  expect(longestTaskMs, 'no task of the window keeps a key waiting').toBeLessThanOrEqual(atOnceMs)
  // And a key is answered at once. On a machine that is busy one of ten may be late.
  const late = answers.filter(({ tookMs, slowness }) => tookMs / slowness > atOnceMs)
  expect(late.length, JSON.stringify(late)).toBeLessThanOrEqual(answers.length / 10)
  for (const answer of late) expect(answer.slowness, JSON.stringify(answer)).toBeGreaterThan(busySlowness)
  // However busy the machine is, what the application itself does meanwhile is at once.
  for (const answer of answers) expect(answer.ownMs, JSON.stringify(answer)).toBeLessThanOrEqual(atOnceMs)

  expect(await service.keys('many')).toEqual(names)
  expect(await service.get('many', names.at(-1)!)).toBe(`content of ${names.at(-1)}`)
  await window.openBucket(page, 'many')
  await expect(page.getByText(/2,000 items|1,000 items so far/)).toBeVisible()
  expect(host.complaints).toEqual([])
})
