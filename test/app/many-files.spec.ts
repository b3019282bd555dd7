import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { test } from './host.ts'
import * as window from './window-steps.ts'

test('2,000 files dropped at once all arrive, and the window goes on answering', async ({
  host,
  workFolder,
}) => {
  test.setTimeout(180_000)
  const { page } = host
  const folder = join(workFolder, 'many')
  await mkdir(folder)
  for (let n = 0; n < 2000; n += 1) await writeFile(join(folder, `picture ${n}.txt`), `picture ${n}\n`)
  await page.getByRole('button', { name: /Try it here/ }).click()
  await window.createBucket(page, 'sibtc-assets', 'private')

  await host.drop([folder])
  await page
    .getByRole('dialog', { name: 'Upload 2,000 files' })
    .getByRole('button', { name: 'Start upload' })
    .click()
  // Typing is what a person would feel first: how long until a letter stands in the field.
  const field = page.getByRole('searchbox', { name: 'Filter' })
  await field.focus()
  const answers = await page.evaluate(async () => {
    const times: number[] = []
    const input = document.activeElement as HTMLInputElement
    for (let n = 0; n < 40; n += 1) {
      await new Promise((later) => setTimeout(later, 50))
      const asked = performance.now()
      input.dispatchEvent(new InputEvent('input', { bubbles: true, data: 'x' }))
      await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 0)))
      times.push(performance.now() - asked)
    }
    return times.toSorted((a, b) => a - b)
  })
  console.log(
    `while 2,000 files go up, the window answers in ${answers[20]!.toFixed(0)} ms (median), ${answers.at(-1)!.toFixed(0)} ms at most`,
  )

  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /^Transfers/ })
    .click()
  await expect(page.getByText(/2,000 done/)).toBeVisible({ timeout: 120_000 })
  await window.openBucket(page, 'sibtc-assets')
  await window.row(page, 'many').dblclick()
  await expect(page.getByText(/1,000 items so far/)).toBeVisible({ timeout: 30_000 })
  // Further pages come when somebody goes there.
  await page.getByRole('grid', { name: 'Files' }).getByRole('row').nth(1).click()
  await expect
    .poll(async () => {
      await page.keyboard.press('End')
      return page.getByText(/2,000 items/).count()
    })
    .toBeGreaterThan(0)
  expect((await host.clipboard()).split('\n')).toHaveLength(500)
  expect(host.complaints).toEqual([])
})
