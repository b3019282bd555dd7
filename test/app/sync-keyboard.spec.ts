import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import { test } from './host.ts'
import * as window from './window-steps.ts'

async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Commands' }).getByRole('combobox').fill(name)
  await page.getByRole('option', { name, exact: true }).waitFor()
  await page.keyboard.press('Enter')
}

test('a folder is planned, looked through, published, watched and taken back by keyboard alone', async ({
  host,
  workFolder,
}) => {
  const { page } = host
  const site = join(workFolder, 'site')
  await mkdir(site, { recursive: true })
  const names = Array.from({ length: 450 }, (_, index) => `page-${String(index).padStart(3, '0')}.txt`)
  for (const name of names) await writeFile(join(site, name), `${name}\n`)
  await window.openStaticSite(host, 'sibtc-static', site)
  const grid = page.getByRole('grid', { name: 'Plan' })

  await test.step('a rule that is moved or removed leaves the focus where the next one is', async () => {
    for (const [glob, value] of [
      ['*.txt', 'no-store'],
      ['*.md', 'no-cache'],
    ] as const) {
      await page.getByRole('button', { name: 'Add rule' }).click()
      const dialog = page.getByRole('dialog', { name: /rule/i })
      await dialog.getByRole('textbox', { name: /Files|Pattern/ }).fill(glob)
      await dialog.getByRole('textbox', { name: 'Cache-Control' }).fill(value)
      await page.keyboard.press('Enter')
      await expect(dialog).toBeHidden()
    }
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await button('Move *.md up').focus()
    await page.keyboard.press('Enter')
    // It is the first now and cannot go further: back is what is left.
    await expect(button('Move *.md down')).toBeFocused()
    await button('Remove *.md').focus()
    await page.keyboard.press('Enter')
    await expect(button('Remove *.txt')).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(button('Add rule')).toBeFocused()
  })

  await test.step('the last row of a long plan is one key away, and its details close where they were opened', async () => {
    await command(page, 'Plan sync')
    await expect(page.getByText(/^450 to upload/)).toBeVisible()
    await grid.focus()
    await page.keyboard.press('End')
    const details = page.getByRole('region', { name: 'Details of the row' })
    await expect(details).toContainText('page-449.txt')
    await expect(grid.getByText('page-449')).toBeVisible()
    await details.getByRole('button', { name: 'Close details' }).focus()
    await page.keyboard.press('Enter')
    await expect(details).toBeHidden()
    await expect(grid).toBeFocused()
    await page.getByRole('searchbox', { name: 'Search the plan' }).fill('page-44')
    await expect(page.getByText('10 rows', { exact: true })).toBeVisible()
    await window.picture(host, '31-plan-searched')
  })

  await test.step('it is published by name of the command', async () => {
    await command(page, 'Apply the plan')
    await expect(page.getByText('450 files uploaded.')).toBeVisible()
  })

  await test.step('the focus does not get lost when a watch begins or ends', async () => {
    const watch = page.getByRole('button', { name: 'Watch', exact: true })
    await watch.focus()
    await page.keyboard.press('Enter')
    const question = page.getByRole('dialog', { name: /whenever it changes/ })
    await question.getByRole('button', { name: 'Start watching' }).focus()
    await page.keyboard.press('Enter')
    await expect(watch).toBeHidden()
    const plan = page.getByRole('button', { name: 'Plan sync' })
    await expect(plan).toBeFocused()
    const stop = page.getByRole('button', { name: 'Stop watching' })
    await stop.focus()
    await page.keyboard.press('Enter')
    await expect(stop).toBeHidden()
    await expect(plan).toBeFocused()
  })

  await test.step('what was published is taken back', async () => {
    await command(page, 'Undo last sync…')
    const undo = page.getByRole('dialog', { name: /^Undo/ })
    await expect(undo.getByText('450 will be removed.')).toBeVisible()
    await undo.getByRole('button', { name: 'Undo the sync' }).focus()
    await page.keyboard.press('Enter')
    await expect(undo).toBeHidden({ timeout: 60_000 })
    // There is nothing that could be undone once more.
    await command(page, 'Undo last sync…')
    await expect(page.getByText('Nothing to undo', { exact: true })).toBeVisible()
  })
  expect(host.complaints).toEqual([])
})
