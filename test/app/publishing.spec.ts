import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import { type Host, test } from './host.ts'
import * as window from './window-steps.ts'

/** A small site of our own, which can change, and a static destination for it in a new bucket. */
async function openSite(host: Host, workFolder: string): Promise<string> {
  const site = join(workFolder, 'site')
  await mkdir(join(site, 'css'), { recursive: true })
  await writeFile(join(site, 'index.html'), '<!doctype html><title>One</title>\n')
  await writeFile(join(site, 'css', 'site.css'), 'body { color: black }\n'.repeat(200))
  await writeFile(join(site, 'price list.pdf'), '%PDF-1.4 not really\n')
  await window.openStaticSite(host, 'sibtc-static', site)
  return site
}

const plan = (page: Page) => page.getByRole('grid', { name: 'Plan' })

async function publish(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Plan sync' }).click()
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByText(/uploaded|fixed|removed/).first()).toBeVisible()
}

test('rules, a plan that is searched and looked at, what visitors get, and the way back', async ({
  host,
  workFolder,
}) => {
  test.setTimeout(180_000)
  const { page } = host
  const site = await openSite(host, workFolder)

  await test.step('a rule for one kind of file', async () => {
    await page.getByRole('button', { name: 'Add rule' }).click()
    const rule = page.getByRole('dialog', { name: 'New rule' })
    await rule.getByRole('button', { name: 'Add rule' }).click()
    await expect(rule.getByText('Which files? A pattern such as *.pdf.')).toBeVisible()
    await rule.getByLabel('Files').fill('*.pdf')
    await rule.getByLabel('Content-Disposition').fill('attachment')
    await rule.getByLabel('Content-Language').fill('in German')
    await rule.getByRole('button', { name: 'Add rule' }).click()
    await expect(rule).toContainText('The tag of a language such as de or pt-BR.')
    await rule.getByLabel('Content-Language').fill('de')
    await rule.getByRole('button', { name: 'Add rule' }).click()
    await expect(rule).toBeHidden()
    await expect(page.getByRole('list', { name: 'Rules' })).toContainText(
      'Content-Disposition: attachment · Content-Language: de',
    )
    await window.picture(host, '21-sync-options')
  })

  await test.step('the plan, searched, and one row looked at', async () => {
    await page.getByRole('button', { name: 'Plan sync' }).click()
    await expect(plan(page).getByRole('row', { name: /index/ })).toBeVisible()
    await page.getByRole('searchbox', { name: 'Search the plan' }).fill('PRICE')
    await expect(plan(page).getByRole('row', { name: /index/ })).toBeHidden()
    await plan(page)
      .getByRole('row', { name: /price list/ })
      .click()
    const details = page.getByRole('region', { name: 'Details of the row' })
    await expect(details.getByRole('row', { name: /Content-Disposition/ })).toContainText('attachment')
    await expect(details.getByRole('row', { name: /Content-Language/ })).toContainText('de')
    await expect(details.getByRole('row', { name: /Content-Type/ })).toContainText('application/pdf')
    await window.picture(host, '22-plan-row')
    await details.getByRole('button', { name: 'Close details' }).click()
    await expect(details).toBeHidden()
  })

  await test.step('applied, and asked for as a visitor would', async () => {
    await page.getByRole('button', { name: 'Apply' }).click()
    await expect(page.getByText('3 files uploaded.')).toBeVisible()
    await expect(page.getByText(/3 addresses checked, all as they were sent/)).toBeVisible()
    await window.picture(host, '23-receipt')
  })

  await test.step('a change, published and listed', async () => {
    await page.getByRole('button', { name: 'Options', exact: true }).click()
    await page.getByRole('checkbox', { name: 'Keep previous versions for undo' }).click()
    const distribution = page.getByRole('textbox', { name: 'CloudFront distribution' })
    await distribution.fill('https://d111111abcdef8.cloudfront.net')
    await expect(page.getByText(/It looks like E2QWRUHAPOMQZL/)).toBeVisible()
    await distribution.fill('E2QWRUHAPOMQZL')
    await writeFile(join(site, 'index.html'), '<!doctype html><title>Two</title>\n')
    await publish(page)
    await expect(page.getByText('1 file uploaded.')).toBeVisible()
    await expect(page.getByRole('region', { name: 'CloudFront' })).toContainText(
      'CloudFront belongs to AWS, and this profile is for another service.',
    )
    await page.getByRole('button', { name: 'Options', exact: true }).click()
    await page.getByRole('tab', { name: /History/ }).click()
    await expect(page.getByRole('grid', { name: 'History' }).getByRole('row')).toHaveCount(3)
    await window.picture(host, '24-history')
  })

  await test.step('undone, and then the plan shows the difference again', async () => {
    await page.getByRole('button', { name: 'Undo last sync…' }).click()
    const dialog = page.getByRole('dialog', { name: /^Undo the sync of/ })
    await expect(dialog.getByText('1 will be brought back.')).toBeVisible()
    await window.picture(host, '26-undo')
    await dialog.getByRole('button', { name: 'Undo the sync' }).click()
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('grid', { name: 'History' }).getByText('Undone')).toBeVisible()
  })

  await test.step('watched, a change goes up by itself', async () => {
    await page.getByRole('tab', { name: 'Options' }).click()
    await page.getByRole('button', { name: 'Watch', exact: true }).click()
    await page.getByRole('button', { name: 'Start watching' }).click()
    const line = page.getByRole('region', { name: 'Watch' })
    // What was undone differs again, and goes up first.
    await expect(line).toContainText('1 file uploaded', { timeout: 30_000 })
    await expect(line).toContainText(/Watching for changes/, { timeout: 30_000 })
    await writeFile(join(site, 'late.txt'), 'late\n')
    await writeFile(join(site, 'later.txt'), 'later\n')
    await expect(line).toContainText('2 files uploaded', { timeout: 30_000 })
    await window.picture(host, '27-watch')
    await line.getByRole('button', { name: 'Stop watching' }).click()
    await expect(line).toBeHidden()
  })

  await test.step('a watch that cannot go on has ended, and its line says why, whole', async () => {
    await page.getByRole('button', { name: 'Watch', exact: true }).click()
    await page.getByRole('button', { name: 'Start watching' }).click()
    const line = page.getByRole('region', { name: 'Watch' })
    await expect(line).toContainText(/Watching for changes/, { timeout: 30_000 })
    await page.getByRole('button', { name: 'Edit destination' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit destination' })
    await dialog.getByRole('combobox', { name: 'Who can read' }).click()
    await page.getByRole('option', { name: 'Private', exact: true }).click()
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(dialog).toBeHidden()
    await expect(line).toContainText('Not watching any more', { timeout: 30_000 })
    await expect(line.getByRole('button', { name: 'Stop watching' })).toBeHidden()
    const reason = line.locator('.muted')
    await expect(reason).toHaveText(
      'Its destination is private now, and the watch published as public. Start the watch again to publish as it says now.',
    )
    await window.picture(host, '29-watch-stopped')
    // Cut off at no edge, also in a small window.
    await window.resize(host, 900, 600)
    expect(await reason.evaluate((words) => words.scrollWidth <= words.clientWidth)).toBe(true)
    await window.resize(host, 1280, 800)
    await expect(page.getByRole('button', { name: 'Watch', exact: true })).toBeVisible()
  })

  expect(host.complaints, 'S6 no refused content and no uncaught error in the whole run').toEqual([])
})

test('a command runs before the sync, after the system has asked; a failure publishes nothing', async ({
  host,
  workFolder,
}) => {
  test.setTimeout(120_000)
  const { page } = host
  const site = await openSite(host, workFolder)
  const command = page.getByRole('textbox', { name: 'Run before each sync' })
  await command.fill('test ! -e stop && echo "<title>Built</title>" > built.html && echo done building')

  if (host.electron === null) {
    await page.getByRole('button', { name: 'Plan sync' }).click()
    await expect(
      page.getByRole('region', { name: 'Command before the sync' }).getByRole('alert'),
    ).toBeVisible()
    await expect(plan(page)).toBeHidden()
    return
  }
  const answer = (response: number) =>
    host.electron!.evaluate(({ dialog }, chosen) => {
      dialog.showMessageBox = async () => ({ response: chosen, checkboxChecked: false })
    }, response)

  await test.step('declined, nothing runs', async () => {
    await answer(0)
    await page.getByRole('button', { name: 'Plan sync' }).click()
    await expect(
      page.getByRole('region', { name: 'Command before the sync' }).getByRole('alert'),
    ).toBeVisible()
    await expect(readFile(join(site, 'built.html'))).rejects.toThrow()
  })

  await test.step('allowed, its output is shown and what it built is in the plan', async () => {
    await answer(1)
    await page.getByRole('button', { name: 'Plan sync' }).click()
    await expect(plan(page).getByRole('row', { name: /built/ })).toBeVisible()
    await page.getByRole('button', { name: 'Show output' }).click()
    await expect(page.getByLabel('Output of the command')).toContainText('done building')
  })

  await test.step('one that fails the next time leaves no plan to apply', async () => {
    await writeFile(join(site, 'stop'), '')
    await page.getByRole('button', { name: 'Plan again' }).click()
    await expect(page.getByText('Failed with exit code 1')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Apply' })).toBeHidden()
    await expect(plan(page)).toBeHidden()
  })

  await test.step('a command that fails stops the sync', async () => {
    await command.fill('echo it went wrong && exit 3')
    await page.getByRole('button', { name: 'Plan sync' }).click()
    await expect(page.getByText('Failed with exit code 3')).toBeVisible()
    await expect(page.getByLabel('Output of the command')).toContainText('it went wrong')
    await expect(plan(page)).toBeHidden()
    await window.picture(host, '25-command-failed')
  })

  expect(host.complaints).toEqual([])
})

test('S44 what was made private becomes public by a sync only after it was named and the bucket typed', async ({
  host,
  workFolder,
}) => {
  test.setTimeout(180_000)
  const { page } = host
  const site = await openSite(host, workFolder)
  const places = page.getByRole('list', { name: 'Destinations in sibtc-static' })
  await page.getByRole('button', { name: 'Plan sync' }).click()
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByText('3 files uploaded.')).toBeVisible()
  await window.openBucket(page, 'sibtc-static')
  await window.row(page, 'static').dblclick()
  for (const name of ['index.html', 'price list']) {
    await window.selectObject(page, name)
    await window.makePrivate(page)
    await expect(window.inspector(page).getByRole('button', { name: 'Make public…' })).toBeVisible()
  }
  await writeFile(join(site, 'index.html'), '<!doctype html><title>Two</title>\n')
  await writeFile(join(site, 'price list.pdf'), '%PDF-1.4 other prices\n')
  await places.getByRole('button').first().click()
  await page
    .getByRole('button', { name: 'Plan again' })
    .or(page.getByRole('button', { name: 'Plan sync' }))
    .first()
    .click()
  await expect(page.getByText(/^2 to upload/)).toBeVisible()
  await page.getByRole('button', { name: 'Apply' }).click()
  const dialog = page.getByRole('dialog', { name: 'Make 2 objects in sibtc-static public?' })
  await expect(dialog.getByRole('list', { name: 'What becomes public' }).getByRole('listitem')).toHaveText([
    'sibtc-static/static/index.html',
    'sibtc-static/static/price list.pdf',
  ])
  const apply = dialog.getByRole('button', { name: 'Apply and make public' })
  await expect(apply).toBeDisabled()
  await window.picture(host, '28-sync-makes-public')
  await dialog.getByLabel('Type the bucket name to confirm').fill('sibtc-static')
  await apply.click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('2 files uploaded.')).toBeVisible()
  expect(host.complaints).toEqual([])
})
