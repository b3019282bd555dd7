import { mkdir, readFile, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Locator, type Page } from 'playwright/test'
import { expectAccessible } from './accessible.ts'
import { type Host, test } from './host.ts'
import * as window from './window-steps.ts'

/** The dialog's fields by their labels. */
function fieldsOf(dialog: Locator) {
  return {
    name: dialog.getByLabel('Name', { exact: true }),
    folder: dialog.getByLabel('Folder in the bucket'),
    filledBy: dialog.getByRole('combobox', { name: 'Filled by' }),
    readers: dialog.getByRole('combobox', { name: 'Who can read' }),
    baseUrl: dialog.getByLabel('Public base URL'),
    cache: dialog.getByLabel('Cache-Control'),
    names: dialog.getByLabel('Names in the bucket'),
    exclude: dialog.getByLabel('Exclude'),
  }
}

/** What the settings have of a destination by its name. */
async function saved({ userData }: Host, name: string): Promise<unknown> {
  const settings = JSON.parse(await readFile(join(userData, 'settings.json'), 'utf8')) as {
    destinations: { name: string }[]
  }
  return settings.destinations.find((each) => each.name === name)
}

/** The names of the own presets that are kept. */
async function ownPresets(page: Page): Promise<readonly string[] | null> {
  const kept = await page.evaluate(() => globalThis.window.api.listDestinationPresets({}))
  return kept.ok ? kept.value.map(({ name }) => name) : null
}

/** Opens the dialog by mouse, from a preset in the sidebar's menu. */
async function startFrom(page: Page, preset: string): Promise<void> {
  await page.getByRole('button', { name: 'New destination' }).click()
  await page.getByRole('menuitem', { name: preset, exact: true }).click()
}

/** Chooses in a list of values by mouse. */
async function choose(field: Locator, option: string): Promise<void> {
  await field.click()
  await field.page().getByRole('option', { name: option, exact: true }).click()
}

/** Presses Tab until the focus is there, as who has no mouse does. */
async function tabTo(field: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let pressed = 0; pressed < 30; pressed += 1) {
    if (await field.evaluate((element) => element === document.activeElement)) return
    await field.page().keyboard.press(key)
  }
  await expect(field, `by ${key}`).toBeFocused()
}

/** Types over what is in the field that has the focus. */
async function typeOver(page: Page, text: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(text)
}

test('destinations of each kind are made and changed, from presets and own ones, by mouse and by keyboard', async ({
  host,
}) => {
  test.setTimeout(240_000)
  const { page } = host
  const dialog = page.getByRole('dialog', { name: 'New destination' })
  const fields = fieldsOf(dialog)
  const create = dialog.getByRole('button', { name: 'Create destination' })
  const places = page.getByRole('list', { name: 'Destinations in sibtc-assets' })
  const look = async (name: string) => {
    await window.picture(host, name)
    await expectAccessible(host, name)
  }
  await page.getByRole('button', { name: /Try it here/ }).click()
  await window.createBucket(page, 'sibtc-assets', 'per-object')

  await test.step('a private static one is made by mouse', async () => {
    await startFrom(page, 'Static')
    await expect(fields.name).toBeFocused()
    await look('50-destination-static')
    await fields.name.fill('Internal docs')
    await fields.folder.fill('docs')
    await choose(fields.readers, 'Private')
    await expect(dialog.getByText('Files are shared by links that end.')).toBeVisible()
    await create.click()
    await expect(dialog).toBeHidden()
    const made = places.getByRole('button', { name: 'Internal docs (private)', exact: true })
    await expect(made).toHaveAttribute('aria-current', 'page')
    await expect(made).toHaveAttribute(
      'title',
      'sibtc-assets/docs/ · Private. Files are shared by links that end.',
    )
    expect(await saved(host, 'Internal docs')).toMatchObject({
      kind: 'static',
      visibility: 'private',
      prefix: 'docs/',
    })
  })

  await test.step('what cannot be is said where it is, also when that was out of sight, and nothing typed is lost', async () => {
    await startFrom(page, 'Static')
    await fields.name.fill('Team photos')
    await fields.folder.fill('docs/photos')
    await expect(
      dialog.getByText('docs/photos/ is in docs/, the folder of the destination “Internal docs”.'),
    ).toBeVisible()
    await fields.baseUrl.fill('photos.example.org')
    await fields.cache.fill('max-age=600')
    await fields.exclude.fill('*.psd')
    await dialog.getByRole('radio', { name: 'Public media' }).click()
    await expect(fields.filledBy).toHaveText('Uploads')
    await expect(fields.readers).toHaveText('Public')
    await fields.names.fill('{yyyy}/{slug}.{ext}')

    // The dialog is longer than this window.
    await window.resize(host, 900, 600)
    await fields.names.focus()
    await create.click()
    await expect(fields.folder).toBeFocused()
    await expect(fields.folder).toBeInViewport()
    await look('51-destination-problems')
    await fields.folder.fill('photos')
    await fields.names.focus()
    await create.click()
    await expect(fields.baseUrl).toBeFocused()
    await expect(fields.baseUrl).toHaveAccessibleDescription(/^Write the whole address, such as https:/)
    await expect(dialog).toBeVisible()
    await expect(fields.name).toHaveValue('Team photos')
    await expect(fields.folder).toHaveValue('photos')
    await expect(fields.baseUrl).toHaveValue('photos.example.org')
    await expect(fields.cache).toHaveValue('max-age=600')
    await expect(fields.names).toHaveValue('{yyyy}/{slug}.{ext}')
    await dialog.getByRole('radio', { name: 'Static' }).click()
    await expect(fields.exclude).toHaveValue('*.psd')
    await dialog.getByRole('radio', { name: 'Public media' }).click()
    await expect(fields.names).toHaveValue('{yyyy}/{slug}.{ext}')
    await fields.baseUrl.fill('https://photos.example.org')
  })

  await test.step('its fields are kept as an own preset, and it is made: public media', async () => {
    await dialog.getByText('Keep as a preset').click()
    const name = dialog.getByLabel('Name of the preset')
    await expect(name).toHaveValue('Team photos')
    await name.fill('Static')
    await dialog.getByRole('button', { name: 'Save preset' }).click()
    await expect(name).toHaveAccessibleDescription('There is a preset named “Static”. Choose another name.')
    await expect(name).toBeFocused()
    await expect(name).toBeInViewport({ ratio: 1 })
    await look('52-destination-preset-taken')
    await name.fill('Photos of a project')
    await name.press('Enter')
    await expect(dialog.getByRole('status').filter({ hasText: 'Photos of a project' })).toContainText(
      'is saved',
    )
    await look('53-destination-preset-kept')
    await create.click()
    await expect(dialog).toBeHidden()
    expect(await saved(host, 'Team photos')).toMatchObject({
      kind: 'media',
      visibility: 'public',
      prefix: 'photos/',
      baseUrl: 'https://photos.example.org',
      cacheControl: 'max-age=600',
      keyTemplate: '{yyyy}/{slug}.{ext}',
    })
    await expect(places.getByRole('button', { name: 'Team photos (public)', exact: true })).toBeVisible()
  })

  await test.step('another one is made from the own preset without a mouse', async () => {
    await page.keyboard.press('ControlOrMeta+k')
    await expect(page.getByRole('dialog', { name: 'Commands' })).toBeVisible()
    await page.keyboard.type('Photos of a project')
    await page.keyboard.press('Enter')
    await expect(fields.name).toBeFocused()
    await expect(dialog.getByRole('radio', { name: 'Photos of a project' })).toBeChecked()
    await expect(fields.cache).toHaveValue('max-age=600')
    await expect(fields.names).toHaveValue('{yyyy}/{slug}.{ext}')
    await expect(fields.baseUrl).toHaveValue('')
    await typeOver(page, 'Client drafts')
    await tabTo(fields.folder)
    await typeOver(page, 'drafts/')
    await tabTo(dialog.getByRole('radio', { name: 'Photos of a project' }), 'Shift+Tab')
    await page.keyboard.press('ArrowUp')
    await expect(dialog.getByRole('radio', { name: 'Private media' })).toBeChecked()
    await page.keyboard.press('ArrowDown')
    await look('54-destination-own-preset')
    await tabTo(fields.readers)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('option', { name: 'Private', exact: true })).toBeVisible()
    await page.keyboard.press('ArrowDown')
    await window.picture(host, '55-destination-readers')
    await page.keyboard.press('Enter')
    await expect(fields.readers).toHaveText('Private')
    await expect(fields.readers).toBeFocused()
    await tabTo(create)
    await page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
    expect(await saved(host, 'Client drafts')).toMatchObject({
      kind: 'media',
      visibility: 'private',
      prefix: 'drafts/',
      baseUrl: null,
      cacheControl: 'max-age=600',
      keyTemplate: '{yyyy}/{slug}.{ext}',
    })
  })

  await test.step('who can read is changed; what that means for what is there is said', async () => {
    await places.getByRole('button', { name: 'Team photos' }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Edit destination…' }).click()
    const edit = page.getByRole('dialog', { name: 'Edit destination' })
    const edited = fieldsOf(edit)
    await expect(edited.baseUrl).toHaveValue('https://photos.example.org')
    await choose(edited.readers, 'Private')
    await expect(edit.getByText(/^What is there stays public, until you make the files/)).toBeVisible()
    await look('56-destination-edit')
    await edit.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(edit).toBeHidden()
    expect(await saved(host, 'Team photos')).toMatchObject({ kind: 'media', visibility: 'private' })
    await expect(page.getByText('New uploads are private')).toBeVisible()
  })

  await test.step('an own preset is removed and brought back, and who has no mouse is still in the dialog', async () => {
    const own = dialog.getByRole('radio', { name: 'Photos of a project' })
    const remove = dialog.getByRole('button', { name: 'Remove this preset' })
    await startFrom(page, 'Photos of a project')
    await tabTo(remove, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await expect(own).toBeHidden()
    await expect(dialog.getByRole('radio', { name: 'Static' })).toBeFocused()
    await expect(dialog.getByRole('status').filter({ hasText: 'is removed' })).toHaveText(
      'The preset “Photos of a project” is removed.',
    )
    await look('57-destination-preset-removed')
    await tabTo(dialog.getByRole('button', { name: 'Undo' }))
    await page.keyboard.press('Enter')
    await expect(own).toBeChecked()
    await expect(own).toBeFocused()
    await expect(fields.cache).toHaveValue('max-age=600')
    await expect(fields.names).toHaveValue('{yyyy}/{slug}.{ext}')
    await expect(dialog.getByText('is removed')).toBeHidden()
    expect(await ownPresets(page)).toEqual(['Photos of a project'])
    await tabTo(remove)
    await page.keyboard.press('Enter')
    await expect(own).toBeHidden()
    expect(await ownPresets(page)).toEqual([])
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
    await page.getByRole('button', { name: 'New destination' }).click()
    await expect(page.getByRole('menuitem')).toHaveText(['Static', 'Public media', 'Private media'])
    await page.keyboard.press('Escape')
  })
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})

test('many own presets leave room for the fields, and what went wrong with saving is seen from everywhere in the dialog', async ({
  host,
}) => {
  test.setTimeout(180_000)
  const { page } = host
  const dialog = page.getByRole('dialog', { name: 'New destination' })
  const fields = fieldsOf(dialog)
  await page.getByRole('button', { name: /Try it here/ }).click()
  await window.createBucket(page, 'sibtc-assets', 'per-object')
  await page.evaluate(async () => {
    const preset = {
      kind: 'media',
      visibility: 'private',
      onConflict: 'skip',
      linkExpirySeconds: 900,
    } as const
    for (let number = 1; number <= 12; number += 1) {
      const name = `Photos of client ${number}`
      await globalThis.window.api.createDestinationPreset({
        preset: { ...preset, name, prefix: `clients/${number}/`, cacheControl: null },
      })
    }
  })
  await page.reload()
  await window.openBucket(page, 'sibtc-assets')
  await page.getByRole('button', { name: 'New destination' }).click()
  await page.getByRole('menuitem', { name: 'Photos of client 12' }).click()

  await test.step('the chosen preset is seen, and the first field is still there', async () => {
    await expect(dialog.getByRole('radio', { name: 'Photos of client 12' })).toBeInViewport({ ratio: 1 })
    await expect(dialog.getByRole('radio', { name: 'Static' })).not.toBeInViewport()
    await expect(fields.name).toBeInViewport({ ratio: 1 })
    await window.picture(host, '58-destination-many-presets')
    await expectAccessible(host, '58-destination-many-presets')
  })

  await test.step('settings that cannot be written are told beside the button, wherever the dialog is scrolled to', async () => {
    const settings = join(host.userData, 'settings.json')
    await rename(settings, `${settings}.aside`)
    await mkdir(settings)
    await window.resize(host, 900, 600)
    await fields.name.focus()
    await page.keyboard.press('Enter')
    const alert = dialog.getByRole('alert')
    await expect(alert).toBeInViewport({ ratio: 1 })
    await expect(alert).toContainText('Pail’s settings could not be written')
    await fields.names.focus()
    await expect(alert).toBeInViewport({ ratio: 1 })
    await window.picture(host, '59-destination-not-saved')
    await expectAccessible(host, '59-destination-not-saved')
    await rmdir(settings)
    await rename(`${settings}.aside`, settings)
  })

  await test.step('a private key that is none is told at its field', async () => {
    const key = dialog.getByLabel('Private key', { exact: true })
    await fields.baseUrl.fill('https://photos.example.org')
    await dialog.getByText('Links signed for CloudFront').click()
    await dialog.getByLabel('Key pair ID').fill('K2JCJMDEHXQW5F')
    await key.fill('not a private key')
    await window.resize(host, 900, 600)
    await fields.name.focus()
    await page.keyboard.press('Enter')
    await expect(key).toBeFocused()
    await expect(key).toBeInViewport({ ratio: 1 })
    await expect(key).toHaveAccessibleDescription(
      /^This is no private key.* The destination is saved without it\.$/,
    )
    await expect(dialog.getByRole('alert')).toBeHidden()
    await window.picture(host, '60-destination-key-problem')
    await key.fill('')
    await dialog.getByRole('button', { name: 'Create destination' }).click()
    await expect(dialog).toBeHidden()
    expect(await saved(host, 'Photos of client 12')).toMatchObject({ keyPairId: 'K2JCJMDEHXQW5F' })
  })
})
